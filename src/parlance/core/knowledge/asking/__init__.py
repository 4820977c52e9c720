"""Answering from passages: what goes into the prompt, and what an answer's sentences rest on. Only `looking` waits, and
what it calls.

Reading order: `looking` (what a question is to be answered from), `recalling` (what an earlier answer rested on),
`passages` (hits of a document as one stretch), `context` (passages to a prompt within a budget), `fencing` and
`layouts` (how they stand in it), `guidance` (what a model is told). Then the way back: `telling` (between an engine and
the log), `withholding` (an answer that says only that it has none), `citing` (an answer's sentences and their marks as
it streams, by `sentences`, `endings` and `marks`), `resolving` (a sentence to a span), `folding` (how texts are
compared), `finding` (where words stand, and what they are cut off of), `quoting` (what stands in quotation marks),
`objections` (what speaks against a paraphrase), `guards` (words that turn or narrow), `wording` and `ordering` (words
one by one, and in which order), `amounts` (numbers, however they are written), `exhibits` (how it is kept), and
`refusing` (nothing was found).
"""
