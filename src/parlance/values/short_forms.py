"""Short forms that are written with a full stop (`e.g.`, `Nr. 7`), as all know them who look for ends of sentences.

`engines.quote_ends` does so in the lines of a document, `core.knowledge.asking.endings` in an answer that is still
coming. What ends a sentence behind a form differs there, as what a wrong cut costs does; so do forms that one of them
alone knows, which stand with it. All are folded in case, without their last full stop.
"""

from __future__ import annotations

_LEADING = """
approx av bzw ca cf dipl dr env evtl exkl fr geb gest ggf hr incl ing inkl lt mlle mme mr mrs ms p.ex prof sog st vgl vs
zzgl
"""
LEADING = frozenset(_LEADING.split())
"""What something always follows."""
LABELS = frozenset(("eq", "fig", "no", "nos", "nr", "p", "pp", "sec", "str", "tel", "vol"))
"""What a number follows, as a rule; some are words of their own, too."""
DIVISIONS = frozenset(("abb", "abs", "art", "bd", "kap", "max", "min", "mind", "tab"))
"""What is a short form only before a number."""
CLOSING = frozenset(("a.m", "corp", "etc", "inc", "jr", "ltd", "p.m", "usw"))
"""What sentences end with, too."""
AMOUNTS = frozenset(("tsd", "mio", "mrd"))
"""What stands between a number and a noun, in German."""
_MONTHS = """
januar jänner februar märz april mai juni juli august september oktober november dezember
jan feb mär apr jun jul aug sep sept okt nov dez
"""
GERMAN_MONTHS = frozenset(_MONTHS.split())
"""With their short forms: what the day of a date, which is written with a full stop, stands before."""
