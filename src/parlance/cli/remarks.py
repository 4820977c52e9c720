"""What a search says of itself, as a person reads it."""

from __future__ import annotations

REMARKS = {
    "no_embedder": "This base has no embedder: words alone were looked for.",
    "embedder_failed": "The embedder failed: words alone were looked for.",
    "no_vectors": "Vectors cannot be compared here: words alone were looked for.",
    "reranker_failed": "The reranker failed: the order is that of the first stage.",
    "loosened": "Nothing reached the threshold, so a lower one was taken.",
    "rewrite_failed": "No model put the question anew: it was looked for as it is.",
    "decompose_failed": "No model took the question apart: it was looked for as it is.",
    "hyde_failed": "No model imagined an answer: the question alone was looked for.",
    "entities_failed": "No model named what the question is about, so only names that stand in it were followed.",
    "useless_vectors": "The embedder does not seem to read what was asked, so words decided.",
    "base_gone": "A base is not there any more, or not yours to read.",
}


def clause(remark: str) -> str:
    """The same in the middle of a line; the word itself where there is no sentence for it."""
    said = REMARKS.get(remark)
    return remark if said is None else said[0].lower() + said[1:].rstrip(".")
