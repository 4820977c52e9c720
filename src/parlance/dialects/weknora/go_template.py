"""The part of Go's template language that `context_template` is written in, translated into a `Layout`.

What there is: `{{.Query}}`, `{{.CurrentTime}}`, `{{.CurrentWeek}}`, `{{range .Contexts}}…{{.}}…{{end}}` (also
`{{range $i, $c := .Contexts}}…{{$c}}…`), `{{if …}}…{{else if …}}…{{else}}…{{end}}` with `not`, `and` and `or`, texts in
quotes, comments, and `{{-` and `-}}`, which take the white space beside them away. Nothing is escaped: a model reads
it, and no browser. Nothing is ever run; a template costs time in proportion to its length.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NoReturn

import msgspec

from parlance.values.errors import Fault, Kind
from parlance.values.grounds import Each, Layout, Slot, Words

MOST_TEMPLATE = 20_000
"""Characters of a template: ten pages of instructions."""
MOST_PIECES, MOST_DEPTH = 500, 20
CODE = "bad_template"
NAMES = ("Query", "Contexts", "CurrentTime", "CurrentWeek")
_OPEN, _CLOSE = "{{", "}}"
_COMMENT = re.compile(r"\{\{(- *)?/\*(.*?)\*/( -)?\}\}", re.DOTALL)
_TOKEN = re.compile(
    r"""[ \t\r\n]*(?:(?P<text>"(?:[^"\\\n]|\\.)*"|`[^`]*`)|(?P<name>\$?\.?[A-Za-z_][A-Za-z0-9_]*|\$[A-Za-z0-9_]*"""
    r"""(?:\.[A-Za-z_][A-Za-z0-9_]*)?|\.)|(?P<sign>:=|,))"""
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\", "'": "'"}
_SPACE = " \t\r\n"
_OPENING = frozenset({"if", "range", "else", "end", "with", "define", "template", "block", "break", "continue"})


class Action(msgspec.Struct, frozen=True):
    """What stands between two braces: its words, and the line it is in."""

    words: tuple[str, ...]
    line: int


class Choose(msgspec.Struct, frozen=True):
    """One of two, by whether there is anything to say of something."""

    test: Action
    yes: tuple[Node, ...]
    no: tuple[Node, ...]


class Repeat(msgspec.Struct, frozen=True):
    """Said once for every passage, or else otherwise."""

    action: Action
    parts: tuple[Node, ...]
    none: tuple[Node, ...]


Node = str | Action | Choose | Repeat


def layout(template: str, said: Mapping[str, str]) -> Layout:
    """How a message is laid out by a template. `said` has the texts of `CurrentTime` and `CurrentWeek`; question and
    passages are put in when they are there. Raises `Fault(invalid)` with code `bad_template`."""
    try:
        return tuple(_joined(_Laying(said).all(parsed(template))))
    except Unusable as error:
        raise unfit("context_template", error, NAMES) from None


class Unusable(Exception):
    """What is wrong with a template, in words."""


def parsed(template: str) -> tuple[Node, ...]:
    """What a template says, whoever it is for. Raises `Unusable`."""
    if len(template) > MOST_TEMPLATE:
        raise Unusable(f"it has more than {MOST_TEMPLATE} characters")
    return _Parsing(_pieces(template)).whole()


def unfit(field: str, error: Unusable, names: Sequence[str]) -> Fault:
    """The fault of a template that is called so, and may use these names."""
    hint = f"It may use {', '.join('.' + name for name in names)} with range and if."
    return Fault(Kind.invalid, f"The {field} cannot be used: {error}.", hint=hint, field=field, code=CODE)


def _bad(why: str, line: int) -> NoReturn:
    raise Unusable(f"line {line}: {why}")


# -- cutting ----------------------------------------------------------------------------------------------------------


def _pieces(template: str) -> list[str | Action]:
    """Texts and actions in turn, the white space gone that an action takes away."""
    pieces: list[str | Action] = []
    at, line, trims = 0, 1, False
    while (begins := template.find(_OPEN, at)) >= 0:
        text = template[at:begins]
        line_here = line + text.count("\n")
        inside, before, trims_next, stop = _action(template, begins, line_here)
        text = text.lstrip(_SPACE) if trims else text
        pieces.append(text.rstrip(_SPACE) if before else text)
        if inside is not None:
            pieces.append(Action(inside, line_here))
        line, trims, at = line_here + template.count("\n", begins, stop), trims_next, stop
        if len(pieces) > MOST_PIECES:
            _bad(f"there are more than {MOST_PIECES} pieces", line)
    rest = template[at:]
    return [*pieces, rest.lstrip(_SPACE) if trims else rest]


def _action(template: str, begins: int, line: int) -> tuple[tuple[str, ...] | None, bool, bool, int]:
    """The words of the action that begins here (`None`: a comment), whether it takes away what is before it and what
    is behind it, and where it ends."""
    comment = _COMMENT.match(template, begins)
    if comment is not None:
        return None, comment[1] is not None, comment[3] is not None, comment.end()
    at = begins + len(_OPEN)
    before = template[at : at + 1] == "-" and template[at + 1 : at + 2].strip(_SPACE) == "" != template[at + 1 : at + 2]
    at += int(before)
    words: list[str] = []
    while True:
        rest = at
        while rest < len(template) and template[rest] in _SPACE:
            rest += 1
        if template.startswith(_CLOSE, rest):
            return tuple(words), before, False, rest + len(_CLOSE)
        if rest > at and template.startswith("-" + _CLOSE, rest):
            return tuple(words), before, True, rest + 1 + len(_CLOSE)
        found = _TOKEN.match(template, rest)
        if found is None:
            _bad("this is not known here" if rest < len(template) else "an action is not closed", line)
        words.append(found[0].strip(_SPACE))
        at = found.end()


# -- reading ----------------------------------------------------------------------------------------------------------


class _Parsing:
    """Makes a tree of pieces."""

    def __init__(self, pieces: Sequence[str | Action]) -> None:
        self._pieces = pieces
        self._at = 0

    def whole(self) -> tuple[Node, ...]:
        """All of it."""
        nodes, last = self._some(0)
        if last is not None:
            _bad(f"there is nothing that this {last.words[0]} belongs to", last.line)
        return nodes

    def _some(self, depth: int) -> tuple[tuple[Node, ...], Action | None]:
        """What stands up to the `else` or `end` that is not its own, and that."""
        nodes: list[Node] = []
        while self._at < len(self._pieces):
            piece = self._pieces[self._at]
            self._at += 1
            if isinstance(piece, str):
                nodes += [piece] if piece else []
                continue
            verb = piece.words[0] if piece.words else ""
            if verb in ("else", "end"):
                return tuple(nodes), piece
            if verb in ("if", "range"):
                nodes.append(self._block(piece, depth + 1))
            elif verb in _OPENING or not verb:
                _bad(f"{verb or 'an empty action'} is not known here", piece.line)
            else:
                nodes.append(piece)
        return tuple(nodes), None

    def _block(self, head: Action, depth: int) -> Choose | Repeat:
        if depth > MOST_DEPTH:
            _bad(f"blocks stand more than {MOST_DEPTH} deep in each other", head.line)
        yes, last = self._some(depth)
        no: tuple[Node, ...] = ()
        if last is not None and last.words[0] == "else":
            if last.words[1:2] == ("if",) and head.words[0] == "if":
                return Choose(_rest(head), yes, (self._block(_rest(last), depth + 1),))
            if len(last.words) > 1:
                _bad("an else has nothing behind it but if", last.line)
            no, last = self._some(depth)
        if last is None or last.words != ("end",):
            _bad(f"this {head.words[0]} has no end", head.line)
        return Repeat(_rest(head), yes, no) if head.words[0] == "range" else Choose(_rest(head), yes, no)


def _rest(action: Action) -> Action:
    return Action(action.words[1:], action.line)


# -- laying out -------------------------------------------------------------------------------------------------------


class _Laying:
    """Goes through a tree. `within`: the names of a passage, inside of a range."""

    def __init__(self, said: Mapping[str, str], within: frozenset[str] | None = None) -> None:
        self._said = said
        self._within = within

    def all(self, nodes: Sequence[Node]) -> list[Words | Slot | Each]:
        """What all of these say."""
        found: list[Words | Slot | Each] = []
        for node in nodes:
            if isinstance(node, str):
                found.append(Words(node))
            elif isinstance(node, Action):
                found.append(self._one(node))
            elif isinstance(node, Choose):
                found += self.all(node.yes if self._holds(node.test.words, node.test.line) else node.no)
            else:
                found.append(self._each(node))
        return found

    def _one(self, action: Action) -> Words | Slot:
        if len(action.words) != 1:
            _bad("functions and pipelines are not known here", action.line)
        value = self._value(action.words[0], action.line)
        if value is None:
            _bad("the passages can be put in by range only", action.line)
        return value

    def _each(self, node: Repeat) -> Each:
        words, line = node.action.words, node.action.line
        names = {"."}
        if ":=" in words:
            at = words.index(":=")
            declared, words = words[:at], words[at + 1 :]
            names.add(declared[-1] if declared else "")
        if self._within is not None:
            _bad("one range stands in another", line)
        if words not in ((".Contexts",), ("$.Contexts",)):
            _bad("there is nothing to range over but .Contexts", line)
        parts = _Laying(self._said, frozenset(names)).all(node.parts)
        return Each(tuple(part for part in _joined(parts) if not isinstance(part, Each)))

    def _value(self, word: str, line: int) -> Words | Slot | None:
        """What a word stands for; `None` for the passages together."""
        if word[0] in '"`':
            return Words(unquoted(word))
        if self._within is not None and word in self._within:
            return Slot("passage")
        name = word.removeprefix("$")
        if not name.startswith(".") or name[1:] not in NAMES or (self._within is not None and word[0] != "$"):
            _bad(f"{word[:40]} is not known here", line)
        if name == ".Contexts":
            return None
        if name == ".Query":
            if self._within is not None:
                _bad("the question cannot be put in for every passage", line)
            return Slot("question")
        return Words(self._said[name[1:]])

    def _holds(self, words: Sequence[str], line: int) -> bool:
        """Whether there is anything to say: of the question and of passages there always is, or no model is asked."""
        if not words:
            _bad("this if has nothing to look at", line)
        verb, rest = words[0], words[1:]
        if verb in ("not", "and", "or"):
            if not rest or (verb == "not" and len(rest) > 1):
                _bad(f"{verb} has nothing to look at, or too much", line)
            held = [self._holds((word,), line) for word in rest]
            return not held[0] if verb == "not" else all(held) if verb == "and" else any(held)
        if rest:
            _bad("functions and pipelines are not known here", line)
        value = self._value(verb, line)
        return not isinstance(value, Words) or bool(value.text)


def _joined(parts: Sequence[Words | Slot | Each]) -> list[Words | Slot | Each]:
    """The same with neighbouring texts in one."""
    found: list[Words | Slot | Each] = []
    for part in parts:
        last = found[-1] if found else None
        if isinstance(part, Words) and isinstance(last, Words):
            found[-1] = Words(last.text + part.text)
        elif not isinstance(part, Words) or part.text:
            found.append(part)
    return found


def unquoted(word: str) -> str:
    """A text without its quotes."""
    if word[0] == "`":
        return word[1:-1]
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), word[1:-1], flags=re.DOTALL)
