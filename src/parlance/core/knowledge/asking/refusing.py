"""The answer where no passage was found: that it is not in the documents, and what was searched. No model is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from parlance.core.knowledge.asking.guidance import Language, language_of
from parlance.core.knowledge.search.options import Remark
from parlance.values.messages import Message, text_of

MOST_NAMES = 5


class Searched(msgspec.Struct, frozen=True):
    """What was searched: the bases by their names, how many documents they have that can be found, the filter in words
    where there was one, how many of the documents are not read yet, the search's remarks, and the code of what an
    embedder failed with."""

    bases: tuple[str, ...]
    documents: int
    filter: str = ""
    unread: int = 0
    remarks: tuple[Remark, ...] = ()
    problem: str = ""


def refusal(question: Message, searched: Searched) -> str:
    """The answer, in the language of the question."""
    language = language_of(text_of(question.content))
    gap = "" if language == "zh" else " "
    return gap.join(_sentences(searched, language))


def bases_gone(names: Sequence[str], language: Language) -> str:
    """The answer where none of the bases that a chat rests on is there any more, or may be read."""
    return _TOLD[language]["gone"].format(names=_names(names, language))


def _sentences(searched: Searched, language: Language) -> Iterator[str]:
    told = _TOLD[language]
    yield told["not_there"]
    many = "" if searched.documents == 1 else "s"
    yield told["searched"].format(names=_names(searched.bases, language), count=searched.documents, many=many)
    if searched.filter:
        yield told["filter"].format(filter=searched.filter)
    if searched.unread:
        yield told["unread"].format(count=searched.unread, verb="is" if searched.unread == 1 else "are")
    if "embedder_failed" in searched.remarks:
        yield told["failed"].format(problem=searched.problem or "internal")
    elif any(remark in searched.remarks for remark in ("no_embedder", "no_vectors")):
        yield told["words"]


def _names(names: Sequence[str], language: Language) -> str:
    left, right, comma = ("“", "”", "、") if language == "zh" else ('"', '"', ", ")
    told = comma.join(f"{left}{' '.join(name.split())}{right}" for name in names[:MOST_NAMES])
    more = len(names) - MOST_NAMES
    if more <= 0:
        return told
    return f"{told}等 {len(names)} 个知识库" if language == "zh" else f"{told} and {more} more"


_TOLD: dict[Language, dict[str, str]] = {
    "en": {
        "gone": (
            "What this chat asks is not there any more, or not yours to read: {names}. Choose other documents for it, "
            "or ask without any."
        ),
        "not_there": "This is not in your documents.",
        "searched": "Searched: {names}, {count} document{many}.",
        "filter": "Only documents with {filter} were looked at.",
        "unread": "{count} of them {verb} still being read; ask again when that is done.",
        "words": "Only words were compared, not meanings: other words for the same may find it.",
        "failed": (
            "The model that embeds could not be asked ({problem}), so only words were compared, not meanings: ask "
            "again when it answers, or in other words."
        ),
    },
    "zh": {
        "gone": "此对话所用的知识库已不存在，或您无权查看：{names}。请选择其他知识库，或不使用知识库提问。",
        "not_there": "您的文档中没有相关内容。",
        "searched": "已搜索：{names}，共 {count} 个文档。",
        "filter": "只查看了符合以下条件的文档：{filter}。",
        "unread": "其中 {count} 个文档仍在读取，请在完成后再次提问。",
        "words": "本次只按字词而非语义搜索，换一种说法也许能找到。",
        "failed": "向量模型无法使用（{problem}），本次只按字词而非语义搜索；请在其恢复后再次提问，或换一种说法。",
    },
}
