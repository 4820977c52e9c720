"""How a model is asked to complete a question: `rewrite_prompt_system` and `rewrite_prompt_user`, two Go templates.

They may use `{{.Query}}`, `{{range .Conversation}}…{{.Query}}…{{.Answer}}…{{end}}` (the rounds before the question,
the oldest first; a name may be given to one: `{{range $i, $r := .Conversation}}{{$r.Query}}`), `{{.CurrentTime}}`,
`{{.Yesterday}}` and `{{if}}` of one of these; what else there is of that language, `go_template` says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from parlance.dialects.weknora.go_template import Action, Choose, Node, Repeat, Unusable, parsed, unfit, unquoted
from parlance.values.grounds import Rewriting, Rounds, Slot, Words
from parlance.values.time import SECOND

NAMES = ("Query", "Conversation", "CurrentTime", "Yesterday")
Part = Words | Slot | Rounds
_OF_ROUND = {"Query": Slot("asked"), "Answer": Slot("answered")}


def rewriting(system: str, user: str, now: int) -> Rewriting:
    """Both templates at a time in microseconds. Raises `Fault(invalid)` with code `bad_template`."""
    at = datetime.fromtimestamp(now // SECOND, UTC)
    said = {"CurrentTime": at.strftime("%Y-%m-%d %H:%M:%S"), "Yesterday": f"{at - timedelta(days=1):%Y-%m-%d}"}
    told = _script("rewrite_prompt_system", system, said)
    return Rewriting(told, _script("rewrite_prompt_user", user, said))


def _script(field: str, template: str, said: Mapping[str, str]) -> tuple[Part, ...]:
    if not template.strip():
        return ()
    try:
        return tuple(_all(parsed(template), said))
    except Unusable as error:
        raise unfit(field, error, NAMES) from None


def _all(nodes: Sequence[Node], said: Mapping[str, str]) -> list[Part]:
    found: list[Part] = []
    for node in nodes:
        if isinstance(node, str):
            found.append(Words(node))
        elif isinstance(node, Action):
            found.append(_value(node, said))
        elif isinstance(node, Choose):
            found += _all(node.yes if _holds(node.test, said) else node.no, said)
        else:
            found.append(_rounds(node, said))
    return found


def _value(action: Action, said: Mapping[str, str]) -> Words | Slot:
    """What one action stands for, outside of a round."""
    [word] = action.words if len(action.words) == 1 else [""]
    if word[:1] in ('"', "`"):
        return Words(unquoted(word))
    name = word.removeprefix("$")
    if name == ".Query":
        return Slot("question")
    if name.removeprefix(".") in said and name.startswith("."):
        return Words(said[name[1:]])
    raise Unusable(f"line {action.line}: {word[:40] or 'a function or pipeline'} is not known here")


def _holds(test: Action, said: Mapping[str, str]) -> bool:
    """Whether there is anything to say: a question there always is, and a round before it, or nobody is asked."""
    words = test.words[1:] if test.words[:1] == ("not",) else test.words
    about = Action(words, test.line)
    held = True if words in ((".Conversation",), ("$.Conversation",)) else _value(about, said) != Words("")
    return held if words is test.words else not held


def _rounds(node: Repeat, said: Mapping[str, str]) -> Rounds:
    words, line, names = node.action.words, node.action.line, [""]
    if ":=" in words:
        at = words.index(":=")
        names, words = ["", words[at - 1] if at else ""], words[at + 1 :]
    if words not in ((".Conversation",), ("$.Conversation",)):
        raise Unusable(f"line {line}: there is nothing to range over but .Conversation")
    known = {f"{name}.{field}": slot for name in names for field, slot in _OF_ROUND.items()}
    return Rounds(tuple(_of_round(part, known, said) for part in node.parts))


def _of_round(node: Node, known: Mapping[str, Slot], said: Mapping[str, str]) -> Words | Slot:
    if isinstance(node, str):
        return Words(node)
    if not isinstance(node, Action):
        raise Unusable("a range has no other range and no if within it")
    word = "".join(node.words)  # `$r.Query` comes as two
    if word in known:
        return known[word]
    if word[:1] not in ("$", '"', "`"):
        raise Unusable(f"line {node.line}: a round has .Query and .Answer")
    return _value(node, said)
