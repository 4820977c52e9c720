"""What a new password must be, after NIST SP 800-63B (§3.1.1): long enough, and not one that is tried first.

There are no rules of composition: they make passwords worse. What is tried first is found by taking out of a password
all that anybody would think of (words of the list, the person's and the product's name, runs of the keyboard or the
alphabet, repetitions, years) and looking at what is left.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from parlance.values.errors import Fault, Kind
from parlance.values.texts import folded

FEWEST, ADVISED, MOST = 8, 15, 256
"""Characters. `ADVISED` is what the standard asks of a password that stands alone."""
PRODUCT = "parlance"
WORTH = 2
"""What a piece that anybody would think of counts for, against one for every other character."""
ENOUGH = 7
WORDS = (
    *("password", "passwort", "passwd", "passphrase", "kennwort", "motdepasse", "contrasena", "parola", "senha"),
    *("welcome", "willkommen", "bienvenue", "letmein", "letmeinnow", "openup", "opensesame", "hello", "hallo"),
    *("admin", "administrator", "operator", "superuser", "root", "toor", "user", "username", "guest", "owner"),
    *("login", "logon", "signin", "access", "account", "default", "changeme", "change", "temporary", "temp"),
    *("secret", "geheim", "private", "security", "secure", "system", "server", "service", "computer", "internet"),
    *("test", "testing", "tester", "demo", "example", "sample", "trial", "nothing", "whatever", "something"),
    *("iloveyou", "loveyou", "love", "lovely", "sweetheart", "baby", "angel", "princess", "prince", "king", "queen"),
    *("monkey", "dragon", "tiger", "lion", "eagle", "panther", "shadow", "master", "hunter", "killer", "ranger"),
    *("football", "baseball", "basketball", "soccer", "hockey", "tennis", "liverpool", "arsenal", "chelsea"),
    *("batman", "superman", "spiderman", "starwars", "pokemon", "pikachu", "matrix", "naruto", "minecraft"),
    *("sunshine", "summer", "sommer", "winter", "spring", "autumn", "herbst", "flower", "rainbow", "freedom"),
    *("january", "february", "march", "april", "may", "june", "july", "august", "september", "october"),
    *("november", "december", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    *("michael", "jennifer", "jordan", "thomas", "robert", "daniel", "andrew", "charlie", "jessica", "ashley"),
    *("michelle", "nicole", "hannah", "matthew", "george", "maggie", "ginger", "cookie", "pepper", "buster"),
    *("google", "facebook", "microsoft", "windows", "linux", "ubuntu", "apple", "samsung", "android", "iphone"),
    *("openwebui", "webui", "ollama", "openai", "chatgpt", "chatbot", "assistant", "weknora", "company", "office"),
    *("trustno", "blink", "hottie", "ninja", "mustang", "corvette", "ferrari", "porsche", "harley", "yankees"),
)
"""Our own list of what people write when they are asked for a password; with what belongs to this field."""
_ROWS = (
    *("1234567890", "qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl", "qsdfghjklm", "zxcvbnm", "yxcvbnm"),
    *(
        "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
        "q1w2e3r4t5y6u7i8o9p0",
        "1q2w3e4r5t6y7u8i9o0p",
        "abcdefghijklmnopqrstuvwxyz",
        "!@#$%^&*()",
    ),
)
_RUNS = frozenset(
    line[start : start + length]
    for row in _ROWS
    for line in (row, row[::-1])
    for length in range(3, len(line) + 1)
    for start in range(len(line) - length + 1)
)
_LONGEST_RUN = max(map(len, _RUNS))
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_AGAIN = re.compile(r"(.{1,4}?)\1{2,}", re.DOTALL)
"""A piece that comes three times in a row."""
_LEET = str.maketrans("013457@$!|", "oieastasil")


def check_password(password: str, context: Iterable[str] = ()) -> None:
    """Raise `Fault(invalid)` for `password` unless it may be one. `context` are texts that say who the person is."""
    if len(password) < FEWEST:
        raise _refused(
            f"The password is shorter than {FEWEST} characters.",
            f"{ADVISED} or more are better: a few words are easy to remember.",
            "password_too_short",
        )
    if len(password) > MOST:
        raise _refused(f"The password is longer than {MOST} characters.", None, "password_too_long")
    if worth(password, context) < ENOUGH:
        raise _refused(
            "This password is one of the first that somebody would try.",
            "Take words that do not belong together, and not the name of a person or of this place.",
            "password_common",
        )


def worth(password: str, context: Iterable[str] = ()) -> int:
    """How much there is in a password that is not to be thought of at once: see the top of this file."""
    plain = folded(password)
    words = sorted({*WORDS, PRODUCT, *_names(context)}, key=len, reverse=True)
    return min(_left(form, words) for form in {plain, plain.translate(_LEET)})


def _names(context: Iterable[str]) -> set[str]:
    """The words of names and addresses, from three letters on."""
    return {word for text in context for word in re.split(r"[\W_]+", folded(text)) if len(word) >= 3}


def _left(text: str, words: list[str]) -> int:
    pieces: set[str] = set()

    def taken(found: re.Match[str]) -> str:
        pieces.add(found[1] if found.re is _AGAIN else found[0])
        return "\0"

    for word in words:
        if word in text:
            pieces.add(word)
            text = text.replace(word, "\0")
    text = _AGAIN.sub(taken, text)
    text = _YEAR.sub(taken, _without_runs(text, pieces))
    return len(text.replace("\0", "")) + WORTH * len(pieces)


def _without_runs(text: str, pieces: set[str]) -> str:
    """The text without runs along a row of keys or the alphabet, the longest first."""
    kept, at = "", 0
    while at < len(text):
        most = min(_LONGEST_RUN, len(text) - at)
        run = next((text[at : at + size] for size in range(most, 2, -1) if text[at : at + size] in _RUNS), None)
        if run is None:
            kept, at = kept + text[at], at + 1
        else:
            pieces.add(run)
            kept, at = kept + "\0", at + len(run)
    return kept


def _refused(message: str, hint: str | None, code: str) -> Fault:
    return Fault(Kind.invalid, message, hint=hint, field="password", code=code)
