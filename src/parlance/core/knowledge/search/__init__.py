"""Finding passages: words and vectors, fused into one scale, reranked where there is a model for it.

Reading order: `options` (what can be chosen and what comes back), `queries` (what a model makes of a question, by
`prompts`), `retriever` (the stages in order), `telling` (which words of a question a small base is asked for, in
Chinese by `han`, in English by `capitals`), `fusion` (one score of two, and by `chances` how likely it is), `exams`
(which scripts an embedder reads, by `exam_texts`), `filters`, `reranking`, `diversity`, `surroundings`.
"""
