"""Where the chunks of bases are found: segments of words and vectors, made from the database (decision 0016).

Reading order: `words` (what a text is made of), `segment` (what a file holds), `building` and `merging` (how one is
made), `parts` (segments without what has gone), `ranking` and `nearest` (how the best are chosen), `net` and `nets`
(large segments' vectors), `folder` (what is on disk), `shelf` (one base), `segments` (all of them: the `BaseIndex`).
"""
