"""Who may do what at which route, written down by hand beside the code that decides it.

`tests/walk` sends every row of every dialect's table as every caller and holds the answers to this. A row needs an
entry here only where its rule cannot be read off the table: when it is open to all, when it takes an id under another
name than its operation does, or when it hands nothing to the core.
"""

from __future__ import annotations

from collections.abc import Mapping

NOBODY, PENDING, USER, OTHER = "nobody", "pending", "user", "other"
FOREIGN, ADMIN, FOREIGN_ADMIN, OPERATOR = "foreign", "admin", "foreign admin", "operator"
KEY, GUEST = "key", "guest"
SEATED = (PENDING, USER, OTHER, FOREIGN, ADMIN, FOREIGN_ADMIN, OPERATOR)
"""All who have a session. `user` owns what the others ask for; `other` is in the same tenant, as are `pending`, `admin`
and `operator`; the foreign ones are in another."""
KNOWN = (*SEATED, KEY, GUEST)
"""All who are known: besides, a program with a key of the user's, and whoever comes to a door for guests."""
SCOPES: Mapping[str, frozenset[str]] = {
    "chat": frozenset(KNOWN) - {PENDING},
    "models:write": frozenset({ADMIN, FOREIGN_ADMIN}),
    "observe": frozenset({ADMIN, FOREIGN_ADMIN}),
    "admin": frozenset({ADMIN, FOREIGN_ADMIN}),
    "operate": frozenset({OPERATOR}),
}
"""Who has each scope: whoever lacks it hears 403, whatever was named."""
RIGHTS: Mapping[str, frozenset[str]] = {
    "chat": frozenset({USER, KEY}),
    "turn": frozenset({USER, KEY}),
    "folder": frozenset({USER, KEY}),
    "share": frozenset({USER, KEY}),
    "file": frozenset({USER, KEY}),
    "run": frozenset({USER}),
    "ledger": frozenset({USER, KEY}),
    "key": frozenset({USER, ADMIN}),
    "session": frozenset({USER, ADMIN}),
    "user": frozenset({USER, ADMIN}),
    "group": frozenset({ADMIN}),
    "budget": frozenset({ADMIN}),
    "tenant": frozenset({ADMIN, OPERATOR}),
    "connection": frozenset({OPERATOR}),
}
"""Who may name the user's thing of each kind (of the tenant's things: the tenant's). For all others it is not there;
what was asked without a chat is there for those alone who asked, so not for another key of the same user."""
PRIVATE = ("chat", "turn", "folder", "share", "file", "run", "ledger")
"""Kinds whose ids nobody else ever sees, an admin of the same tenant neither."""

_LIVENESS = "says that the process lives, and nothing else"
_DOCUMENT = "a page about the interfaces, the same for everybody"
PUBLIC: Mapping[str, str] = {
    "native health": _LIVENESS,
    "native ready": "says whether new work is taken, and nothing else",
    "native console": "the token in its query is the credential, which it checks itself",
    "native icon": "a picture",
    "native face": "how the server introduces itself: what it speaks, and whether a key is missing",
    "native share": "the token in its path is the credential: whoever has the link reads the copy behind it",
    "native accounts.sign_up": "makes whoever calls it known, where that is allowed",
    "native accounts.sign_in": "the password in its body is the credential, and guessing it is slow",
    "native accounts.set_password": "the token in its body is the credential: a link that an admin made",
    "native password_link": "a form, the same for everybody",
    "native password_link.use": "the token in its path is the credential",
    "native providers": "names the providers that the settings have, as a page for signing in must",
    "native sign_in.begin": "leads to a provider; what comes back is judged by the cookie that it leaves",
    "native sign_in.finish": "the provider's code is the credential, with that cookie",
    "ollama ollama.running": "the sentence by which Ollama's clients find a server",
    "chatqueue chatqueue.health": _LIVENESS,
    "guide guide.index": _DOCUMENT,
    "guide guide.index.slash": _DOCUMENT,
    "guide guide.explorer.js": _DOCUMENT,
    "guide guide.explorer.css": _DOCUMENT,
    **{
        f"guide guide.{dialect}.{page}": _DOCUMENT
        for dialect in ("native", "openai", "ollama", "chatqueue")
        for page in ("page", "page.slash", "document")
    },
}
"""Rows that answer somebody who is nobody, by dialect and name, and why."""
FOR_ALL_KNOWN: Mapping[str, str] = {"ollama ollama.version": "our version, which no operation is needed for"}
"""Rows that hand nothing to the core, and so have no rule but that their caller is known."""
PLACES: Mapping[str, Mapping[str, tuple[tuple[str, str], ...]]] = {
    "native files.content": {"file": (("path", "id"),)},
    "chatqueue chatqueue.queue.read": {"run": (("query", "requestId"),)},
    "chatqueue chatqueue.queue.remove": {"run": (("query", "requestId"), ("body", "requestId"))},
}
"""Where rows written by hand take the ids that their operations name: field, then where and under which name."""
NOT_FOUND_SAYS: Mapping[str, int] = {"chatqueue chatqueue.queue.read": 200, "chatqueue chatqueue.queue.remove": 200}
"""What a dialect answers for what is not there, where its contract wants no 404: then only sameness is asked."""
SOUGHT = frozenset({"query", "sought", "tag"})
"""Fields by whose text something is found."""
PLAIN = SOUGHT | frozenset(
    {"name", "title", "text", "note", "description", "instructions", "add", "remove"}
    | {"password", "current", "email", "account", "code", "token", "passphrase", "content", "download"}
    | {"model", "models", "source", "destination", "digest", "system", "prompt", "input", "suffix", "template"}
    | {"kind", "base_url", "api_key", "prefix"}
)
"""Fields whose text is never an id, whichever operation has them. All other texts that the table does not call ids are
tried with ids all the same."""
NAMES_TOO: Mapping[str, tuple[tuple[str, str], Mapping[str, str]]] = {
    "native budgets.set": (("body", "name"), {"subject": "user"}),
}
"""Plain fields that hold an id at one row: where, and what else the body says then."""
