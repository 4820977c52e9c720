"""Answering from passages: what goes into the prompt, and what an answer's sentences rest on. Nothing here waits.

Reading order: `context` (hits to a prompt within a budget), `fencing` (how a passage stands in it), `guidance` (what a
model is told), `citing` (an answer's sentences and their marks as it streams), `resolving` (a sentence to a span),
`refusing` (nothing was found), `withholding` (an answer that says only that it has none).
"""
