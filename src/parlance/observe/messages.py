"""What of an upstream's own error message may be shown to a caller: the sentence, without where it came from.

Works word by word, so that time is linear in the text whatever an upstream sends. A word that is half an address goes
as a whole: a message that says too little is a nuisance, one that says where the model runs is a leak.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from parlance.observe.redaction import MARK, Redactor

LIMIT = 300
"""Characters of the result."""
READ = 4000
"""Characters of the upstream's text that are looked at."""
LONG = 200
"""Characters of a word that is no word of a sentence."""
LETTERS = 4
"""Letters without which a message says nothing."""
ADDRESS = "[address]"
PATH = "[path]"

_TRACE_LINE = re.compile(
    r"""(?:Traceback\ \(|File\ "|at\ [\w$.<>\[\]]+\s*\(|at\ (?:/|[A-Za-z]:\\|file:|node:|async\ )|\#?\d+:?\s+0x|\#\d+\s
    |goroutine\ \d+|thread\ '.*panicked|stack\ backtrace|note:\ run\ with|\.{3}\ \d+\ more|[\^~][\^~\s]*$|exit\ status
    |panic:\ runtime|created\ by\ [\w./]+|\[signal\ |During\ handling\ of|The\ above\ exception)""",
    re.VERBOSE,
)
_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b\n]*|\x1b.?")
_QUOTED_PATH = re.compile(r"""(["'`])(?:~?/|\.{1,2}/|[A-Za-z]:[\\/]|\\\\)[^"'`\n]*\1""")
_HOST_PORT = re.compile(r"(?i)(?:[a-z0-9_.-]+|\]):[0-9]{2,5}(?![0-9a-z])")
_IPV4 = re.compile(r"(?<![0-9])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![0-9])")
_IPV6 = re.compile(r"(?i)(?<![\w:])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}")
_HOST = re.compile(
    r"(?i)(?<![\w.-])(?:[a-z0-9_-]+\.)+(?:internal|local|localdomain|lan|home|corp|intranet|private|svc|cluster|consul|test"
    r"|example|invalid|arpa|com|org|net|io|ai|dev|app|cloud|co|info|biz|edu|gov|mil|xyz|tech|online|site|me|so|sh|us|eu|uk|de"
    r"|fr|nl|be|ch|at|it|es|pt|pl|cz|se|no|dk|fi|ie|ru|ua|tr|in|cn|jp|kr|tw|hk|sg|au|nz|ca|br|mx|za)(?![\w-])"
)
_HOST_WORDS = frozenset({"host", "hostname", "lookup", "resolve", "resolving", "enotfound", "eai_again"})
_NO_NAMES = frozenset(
    (
        *("a", "an", "and", "at", "be", "by", "can", "cannot", "could", "did", "does", "error", "failed", "failure"),
        *("for", "from", "has", "header", "in", "is", "it", "key", "may", "must", "name", "named", "names", "not"),
        *("of", "on", "or", "refused", "returned", "said", "that", "the", "this", "timed", "to", "unreachable"),
        *("was", "with", "you", "your"),
    )
)
"""Words that follow `host` without being one."""
_LOCAL = re.compile(r"(?i)(?<![a-z0-9_-])localhost(?![a-z0-9_-])")
_OPENING = "([{<\"'`=,;:"


def safe_upstream_message(text: str, redactor: Redactor | None = None) -> str | None:
    """At most 300 printable characters of an upstream's message, or `None` when nothing useful remains.

    Taken out: secrets, URLs, hosts, addresses, paths of files and routes, lines of a stack trace, markup.
    """
    redactor = redactor or Redactor()
    # Secrets first, on the text as it came: a later step could take a secret apart and leave half of it.
    text = _ANSI.sub("", redactor.head(text, READ))
    if text.lstrip()[:1] == "<":
        return None
    words = _QUOTED_PATH.sub(PATH, "\n".join(_told(text.splitlines()))).split()
    kept = _judged(words, redactor.hosts)
    # Once more: words that stood on both sides of what was taken out are neighbours now.
    safe = _cut(redactor.redact(" ".join(kept)))
    bare = safe.replace(ADDRESS, "").replace(PATH, "").replace(MARK, "")
    return safe if sum(map(str.isalpha, bare)) >= LETTERS else None


def _told(lines: list[str]) -> Iterator[str]:
    """The lines that are not of a stack trace, without controls."""
    code = False
    for line in lines:
        stripped = line.strip()
        if not (_TRACE_LINE.match(stripped) or (code and line.startswith("    "))):
            yield "".join(one if one.isprintable() else " " for one in stripped)
        # Python shows a line of the program below each place.
        code = stripped.startswith('File "')


def _judged(words: list[str], hosts: frozenset[str]) -> list[str]:
    kept: list[str] = []
    for number, word in enumerate(words):
        before = words[number - 1].lower().strip("\"':") if number else ""
        shown = _judge(word, before, hosts, kept[-1] if kept else "")
        if not (shown in (ADDRESS, PATH) and kept and kept[-1] == shown):
            kept.append(shown)
    return kept


def _judge(word: str, before: str, hosts: frozenset[str], last: str) -> str:
    """The word, or what stands for it."""
    if MARK in word or word in (PATH, ADDRESS):
        return word if len(word) <= LONG else MARK
    if len(word) > LONG:
        return "…"
    if "://" in word or _is_address(word, hosts):
        return ADDRESS
    if _is_path(word) or (last == PATH and ("/" in word or "\\" in word)):
        return PATH
    return ADDRESS if before in _HOST_WORDS and _is_name(word) else word


def _is_address(word: str, hosts: frozenset[str]) -> bool:
    low = word.lower()
    if any(host in low for host in hosts):
        return True
    if any(pattern.search(word) for pattern in (_IPV4, _HOST, _LOCAL, _HOST_PORT)):
        return True
    found = _IPV6.search(word)
    return found is not None and len(found[0]) > 2


def _is_path(word: str) -> bool:
    inner = word.lstrip(_OPENING)
    if inner.startswith(("/", "~/", "./", "../", "\\")) and len(inner) > 1:
        return True
    if "\\" in word or word.count("/") > 1:
        return True
    return any(mark + "/" in word for mark in _OPENING) or re.match(r"[A-Za-z]:/", inner) is not None


def _is_name(word: str) -> bool:
    """Whether a word behind `host` or `lookup` is a host's name."""
    inner = word.strip("\"'`.,:;()").lower()
    return bool(inner) and inner not in _NO_NAMES


def _cut(text: str) -> str:
    if len(text) <= LIMIT:
        return text
    return text[: LIMIT - 1].rpartition(" ")[0] + "…" if " " in text[: LIMIT - 1] else text[: LIMIT - 1] + "…"
