"""Finding passages: words and vectors, fused into one scale, reranked where there is a model for it.

Reading order: `options` (what can be chosen and what comes back), `queries` (what a model makes of a question, by
`prompts`), `retriever` (the stages in order), `fusion` (one score of two), `exams` (which scripts an embedder reads),
`filters`, `reranking`, `diversity`, `surroundings`.
"""
