"""The same words in another order: who did it to whom, which is better than which.

Five things show it. Words that hold others (`than`, `by`, `not`) have the same ones behind them, and what stands behind
`from` does not behind `to`. Two words in a row are not so the other way round. Several numbers come in the same order,
and beside them, and in Chinese, the words of each clause. No two clauses each have words of the same two. Names always
come in their order (`objections`).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from parlance.core.knowledge.asking.wording import Kind, Word, is_written_in_han

_HOLDING_WORDS = "than by without except unless before after until above below against instead not only"
_HOLDERS = frozenset(_HOLDING_WORDS.split())
_NEXT_ALONE = frozenset(("not", "only", "instead"))
_ROLES = frozenset(("from", "to", "into", "onto"))
_BEING = frozenset(("am", "are", "be", "been", "being", "is", "was", "were"))
_WHEN = frozenset(("in", "on", "at", "since", "during", "by"))
_DONE = ("ed", "en")
_PARTING_WORDS = "about as at by during for from in into of on onto over s since through to under until with"
_PARTING = frozenset(_PARTING_WORDS.split())
"""Words that stand between two that may change places: the hills of Kerala are the Kerala hills."""
_IS_YEAR = re.compile(r"(?:1\d|20)\d\d")
_MOST = 32
"""Clauses of a text that one clause of a claim may take words of."""
_NONE = Word(Kind.STOPS, "")


class Order(NamedTuple):
    """What of the order of a text's words must not be otherwise."""

    held: frozenset[tuple[str, str]]
    """Each word that holds, with each that it holds."""
    roles: frozenset[tuple[str, str]]
    """`from`, `to` and the like, with each word behind them."""
    pairs: frozenset[tuple[str, str]]
    """Words that stand in a row within a clause."""
    clauses: tuple[tuple[str, ...], ...]
    """The words of each clause, without a year that says when."""
    row: tuple[str, ...]
    told: frozenset[str]
    numbers: tuple[str, ...]
    """The numbers in their order, without a year that says when."""
    several: bool
    """Whether there are several of them, from one to another counted once."""


def order_of(words: Sequence[Word]) -> Order:
    """The order of a text's words."""
    clauses = tuple(_clauses(words, ()))
    moved = _moved(words)
    still = tuple(tuple(one for one in clause if one != moved) for clause in clauses)
    row = tuple(itertools.chain.from_iterable(clauses))
    near = [[one for one in run if one != moved] for run in _clauses(words, _PARTING)]
    pairs = frozenset(itertools.chain.from_iterable(map(itertools.pairwise, near)))
    held, roles = frozenset(_holding(words, _HOLDERS)) | frozenset(_suffered(words)), frozenset(_holding(words, _ROLES))
    numbers = tuple(each.root for each in words if each.kind is Kind.NUMBER and each.root != moved)
    several = len(numbers) - _ranges(words) > 1
    return Order(held, roles, pairs, still, row, frozenset(row), numbers, several)


def differs(claim: Order, there: Order) -> bool:
    """Whether a claim has words of a text in an order in which they say something else."""
    if not claim.held <= there.held or any(word in claim.told for _, word in there.held - claim.held):
        return True
    if any(_other_role(claim, there, word) for _, word in claim.roles):
        return True
    if any((y, x) in there.pairs and (x, y) not in there.pairs for x, y in claim.pairs if x != y):
        return True
    if crosses(claim, there) or (claim.several and not in_a_row(claim.numbers, there.numbers)):
        return True
    strict = claim.several or any(is_written_in_han(one) for one in claim.row)
    return strict and not all(in_a_row(each, there.row) for each in claim.clauses)


def crosses(claim: Order, there: Order) -> bool:
    """Whether two clauses of a claim each have words of the same two clauses of a text: what rose in one place and fell
    in another then fell in the first."""
    if len(claim.clauses) < 2:
        return False
    places: dict[str, set[int]] = {}
    for at, clause in enumerate(there.clauses):
        for one in clause:
            places.setdefault(one, set()).add(at)
    seen: set[tuple[int, int]] = set()
    for clause in claim.clauses:
        taken = sorted({next(iter(places[one])) for one in clause if len(places.get(one, ())) == 1})
        pairs = set(itertools.combinations(taken[:_MOST], 2))
        if len(taken) > _MOST or pairs & seen:
            return True
        seen |= pairs
    return False


def in_a_row(ones: Iterable[str], among: Iterable[str]) -> bool:
    """Whether they stand among others in their order."""
    rest = iter(among)
    return all(one in rest for one in ones)


def _other_role(claim: Order, there: Order, word: str) -> bool:
    here, others = ({role for role, one in each.roles if one == word} for each in (claim, there))
    return bool(others) and not here & others


def _clauses(words: Sequence[Word], parting: Collection[str]) -> Iterator[tuple[str, ...]]:
    """What tells something, clause by clause; these words part as well."""
    clause: list[str] = []
    for word in words:
        if word.kind in (Kind.STOPS, Kind.JOINS) or word.written in parting:
            yield tuple(clause)
            clause = []
        elif word.kind in (Kind.TELLS, Kind.NUMBER):
            clause.append(word.root)
    yield tuple(clause)


def _holding(words: Sequence[Word], holders: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Each of these words, with what stands behind it up to the next that joins or ends something."""
    holder, holds = "", False
    for word in words:
        if word.kind in (Kind.TELLS, Kind.NUMBER):
            if holder:
                yield holder, word.root
                holds, holder = True, "" if holder in _NEXT_ALONE else holder
        elif word.written in holders:
            holder, holds = word.written, False
        elif holds or word.kind in (Kind.STOPS, Kind.JOINS):
            holder = ""


def _suffered(words: Sequence[Word]) -> Iterator[tuple[str, str]]:
    """What is done to somebody: `was sued`."""
    being = False
    for word in words:
        if word.kind is Kind.TELLS:
            if being and word.written.endswith(_DONE):
                yield "be", word.root
            being = False
        elif word.kind in (Kind.STOPS, Kind.JOINS, Kind.NUMBER):
            being = False
        else:
            being = being or word.written in _BEING


def _ranges(words: Sequence[Word]) -> int:
    """How often a number stands right beside another with a `to` between. One is no range that has something else
    before or behind its `to`: one thing is set to 3 and another to 30."""
    return sum(
        one.kind is other.kind is Kind.NUMBER and between.written == "to"
        for one, between, other in zip(words, words[1:], words[2:], strict=False)
    )


def _moved(words: Sequence[Word]) -> str | None:
    """The one year of a text that says when, which a paraphrase puts anywhere."""
    years = [
        each.root
        for before, each in itertools.pairwise([_NONE, *words])
        if each.kind is Kind.NUMBER and (each.written or before.written in _WHEN) and _IS_YEAR.fullmatch(each.root)
    ]
    return years[0] if len(years) == 1 else None
