"""Letters as every search sees them: without case and accents, in runs that are words or that have no spaces."""

from __future__ import annotations

import re
import unicodedata

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
"""The characters of Chinese that people write, as they stand between the brackets of a pattern."""
UNSPACED = (
    "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U000323af"  # CJK
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ece\u1000-\u103f\u1050-\u108f\u1780-\u17d3"  # Thai, Lao, Burmese, Khmer
)
"""The letters of scripts without spaces between words, as they stand between the brackets of a pattern."""
MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"
    "\u0900-\u0963\u0971-\u0dff\u0f71-\u0f84"
)
"""Signs that belong to the letter before them, in scripts whose words would fall to pieces without them; likewise."""
_ACCENTS = re.compile("(?<=[a-z])[\u0300-\u036f]+")


def searched(text: str) -> str:
    """A text without the differences that search does not see."""
    if text.isascii():
        return text.lower()
    open_ = unicodedata.normalize("NFKD", text).casefold()
    return unicodedata.normalize("NFKC", _ACCENTS.sub("", open_))
