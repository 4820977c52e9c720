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
    "models:write": frozenset({ADMIN}),
    "observe": frozenset({ADMIN}),
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
    "workspace": frozenset({USER, OTHER, ADMIN, OPERATOR, KEY}),
    "tenant_model": frozenset({USER, OTHER, ADMIN, OPERATOR, KEY}),
    "connection": frozenset({OPERATOR}),
    "base": frozenset({USER, KEY}),
    "document": frozenset({USER, KEY}),
    "chunk": frozenset({USER, KEY}),
    "evaluation": frozenset({USER, KEY}),
}
"""Who may name the user's thing of each kind (of the tenant's things: the tenant's). For all others it is not there;
what was asked without a chat is there for those alone who asked, so not for another key of the same user."""
PRIVATE = ("chat", "turn", "folder", "share", "file", "run", "ledger", "base", "document", "chunk", "evaluation")
"""Kinds whose ids nobody else ever sees, an admin of the same tenant neither."""

_LIVENESS = "says that the process lives, and nothing else"
_DOCUMENT = "a page about the interfaces, the same for everybody"
_APP_PAGE = "a page of the chatbot app, which shows a session what is its own"
_APP = "the chatbot app knows its people by cookie and token, and lets guests chat (decision 0011)"
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
    "weknora weknora.health": _LIVENESS,
    "weknora weknora.auth.register": "makes whoever calls it known, where that is allowed",
    "weknora weknora.auth.login": "the password in its body is the credential, and guessing it is slow",
    "weknora weknora.auth.refresh": "the token in its body is the credential, and is good once",
    "chatbot chatbot.health": _LIVENESS,
    "chatbot chatbot.static": "the files of the app's pages",
    "chatbot chatbot.icon": "says that there is none",
    **{f"chatbot chatbot.{name}": _APP_PAGE for name in ("home", "login.page", "signup.page", "logout")},
    "chatbot chatbot.login": "the password in its body is the credential, and guessing it is slow",
    "chatbot chatbot.signup": "makes whoever calls it known in the app, and nowhere else",
    **{f"chatbot chatbot.{name}": _APP for name in ("chat", "regenerate", "reset_chat", "tts", "get_sets")},
    **{f"chatbot chatbot.{name}": _APP for name in ("create_set", "delete_set", "load_set", "delete_message")},
    **{f"chatbot chatbot.{name}": _APP for name in ("update_memory", "update_system_prompt")},
    **{f"chatbot chatbot.{name}": "speech for scripts, as that app has it" for name in ("api_tts", "api_tts_stream")},
    "guide guide.index": _DOCUMENT,
    "guide guide.index.slash": _DOCUMENT,
    "guide guide.explorer.js": _DOCUMENT,
    "guide guide.explorer.css": _DOCUMENT,
    **{
        f"guide guide.{dialect}.{page}": _DOCUMENT
        for dialect in ("native", "openai", "ollama", "chatqueue", "weknora", "mcp", "chatbot")
        for page in ("page", "page.slash", "document")
    },
}
"""Rows that answer somebody who is nobody, by dialect and name, and why."""
FOR_ALL_KNOWN: Mapping[str, str] = {"ollama ollama.version": "our version, which no operation is needed for"}
"""Rows that hand nothing to the core, and so have no rule but that their caller is known."""
_AT_BASE, _AT_DOCUMENT, _AT_CHUNK = (("path", "base"),), (("path", "document"),), (("path", "chunk"),)
_LOOKED_UP: tuple[tuple[str, str], ...] = ()
"""No request names it: it is that of a thing which one names."""
_WEKNORA_PLACES: Mapping[str, Mapping[str, tuple[tuple[str, str], ...]]] = {
    **{f"weknora weknora.bases.{name}": {"base": _AT_BASE} for name in ("read", "change", "delete")},
    "weknora weknora.bases.create": {"model": (("body", "summary_model_id"),)},
    "weknora weknora.bases.change": {"base": _AT_BASE, "model": ()},
    **{f"weknora weknora.models.{name}": {"model": (("path", "id"),)} for name in ("read", "change", "delete")},
    "weknora weknora.bases.copy": {"source": (("body", "source_id"),), "target": (("body", "target_id"),)},
    **{
        f"weknora weknora.bases.hybrid_search{more}": {"base": _AT_BASE, "document": _LOOKED_UP}
        for more in ("", ".post")
    },
    "weknora weknora.search": {"base": (("body", "knowledge_base_id"),), "document": _LOOKED_UP},
    **{f"weknora weknora.knowledge.{name}": {"base": _AT_BASE} for name in ("upload", "add_address", "list")},
    "weknora weknora.knowledge.several": {"document": (("query", "ids"),), "base": _LOOKED_UP},
    **{
        f"weknora weknora.knowledge.{name}": {"document": _AT_DOCUMENT, "base": _LOOKED_UP}
        for name in ("read", "delete", "download")
    },
    "weknora weknora.knowledge.change": {"document": (("body", "id"),)},
    "weknora weknora.knowledge.picture": {"document": _AT_DOCUMENT, "chunk": _AT_CHUNK},
    **{
        f"weknora weknora.chunks.{name}": {"document": _AT_DOCUMENT, "chunk": _AT_CHUNK}
        for name in ("list", "change", "delete", "delete_all")
    },
    **{
        f"weknora weknora.evaluation.start{more}": {
            "base": (("body", "knowledge_base_id"),),
            "again": (("body", "dataset_id"),),
            "evaluation": (("body", "dataset_id"),),
        }
        for more in ("", ".slash")
    },
    **{
        f"weknora weknora.evaluation.read{more}": {"evaluation": (("query", "task_id"),), "base": _LOOKED_UP}
        for more in ("", ".slash")
    },
}
_AT_CHAT = (("path", "chat"),)
_NONE_OF = dict.fromkeys(("folder", "parent", "head", "files", "run"), _LOOKED_UP)
"""Fields of operations on chats that these rows have no place for, and a run that is an answer's own."""
_TALK_PLACES: Mapping[str, Mapping[str, tuple[tuple[str, str], ...]]] = {
    "weknora weknora.sessions.create": {**_NONE_OF, "base": (("body", "knowledge_base_id"),)},
    "weknora weknora.sessions.change": {**_NONE_OF, "chat": _AT_CHAT, "base": (("body", "knowledge_base_id"),)},
    **{f"weknora weknora.sessions.{name}": {"chat": _AT_CHAT} for name in ("read", "delete")},
    **{f"weknora weknora.chat.{name}": {**_NONE_OF, "chat": _AT_CHAT} for name in ("ask", "name")},
    "weknora weknora.chat.follow": {**_NONE_OF, "chat": _AT_CHAT, "turn": (("query", "message_id"),)},
    "weknora weknora.messages.load": {"chat": _AT_CHAT},
    "weknora weknora.messages.delete": {"chat": _AT_CHAT, "turn": (("path", "turn"),)},
}
PLACES: Mapping[str, Mapping[str, tuple[tuple[str, str], ...]]] = {
    # What tools and addresses name lies inside `params`: tests/dialects/mcp/test_sdk.py asks for what is another's.
    "mcp mcp.message": {"base": (), "bases": (), "document": (), "chunk": ()},
    "native files.content": {"file": (("path", "id"),)},
    **_WEKNORA_PLACES,
    **_TALK_PLACES,
    "native documents.content": {"document": (("path", "id"),)},
    "native documents.page": {"document": (("path", "id"),)},
    "weknora weknora.initialization.config": {"base": _AT_BASE, "model": ()},
    "weknora weknora.initialization.initialize": {"base": _AT_BASE, "model": ()},
    "weknora weknora.initialization.ollama.progress": {"run": (("path", "task"),)},
    **{f"weknora weknora.tenants.{name}": {"tenant": (("path", "id"),)} for name in ("read", "change", "delete")},
    "chatqueue chatqueue.queue.read": {"run": (("query", "requestId"),)},
    "chatqueue chatqueue.queue.remove": {"run": (("query", "requestId"), ("body", "requestId"))},
}
"""Where rows written by hand take the ids that their operations name: field, then where and under which name."""
ONLY_OURS = frozenset({"bases"})
"""Fields that other wires have no place for: what comes by them names none."""
NOT_FOUND_SAYS: Mapping[str, int] = {
    "chatqueue chatqueue.queue.read": 200,
    "chatqueue chatqueue.queue.remove": 200,
    "weknora weknora.knowledge.several": 200,
}
"""What a dialect answers for what is not there, where its contract wants no 404: then only sameness is asked."""
SOUGHT = frozenset({"query", "sought", "tag"})
"""Fields by whose text something is found."""
PLAIN = SOUGHT | frozenset(
    {"name", "title", "text", "note", "description", "instructions", "add", "remove"}
    | {"modelName", "baseUrl", "tags", "status", "old_password", "new_password", "refreshToken", "username"}
    | {"business", "api_key", "type", "source"}
    | {"password", "current", "email", "account", "code", "token", "passphrase", "content", "download"}
    | {"model", "models", "source", "destination", "digest", "system", "prompt", "input", "suffix", "template"}
    | {"kind", "base_url", "api_key", "prefix", "page", "page_size"}
)
"""Fields whose text is never an id, whichever operation has them. All other texts that the table does not call ids are
tried with ids all the same."""
UNDER_WAY = frozenset({"weknora weknora.chat.follow"})
"""Rows that tell of what is under way alone, and of what is over nobody (tests/dialects/weknora/test_continue.py)."""
READ_FIRST = frozenset({f"weknora weknora.{name}" for name in ("sessions.change", "chat.ask", "chat.name")})
"""Rows that read a thing before they change it, or tell what it is called already: an overseer's reading is written
down, and they do no more."""
FIRST_ONLY = frozenset({"duplicate", "pages", "done", "chunks", "remarks", "remarked"})
"""Fields of an answer that say how far the caller's own thing is by now: the same request once more may have others."""
NEW_IDS: Mapping[str, str] = {"native bases.create": "id", "weknora weknora.bases.create": "id"}
"""Fields in which a client gives a new thing an id of its own, by row: with the id of nothing it would be something
from then on (decision 0020, tests/unit/core/knowledge/test_changing.py)."""
NAMES_TOO: Mapping[str, tuple[tuple[str, str], Mapping[str, str]]] = {
    "native budgets.set": (("body", "name"), {"subject": "user"}),
}
"""Plain fields that hold an id at one row: where, and what else the body says then."""
