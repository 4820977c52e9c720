"""Remarks on documents: those that the core itself makes and takes back, beside those of whoever read them."""

from __future__ import annotations

from collections.abc import Iterable

from parlance.values.errors import Fault
from parlance.values.remarks import DocumentRemark, RemarkCode, Value, remark

Remarks = tuple[DocumentRemark, ...]

BY_WORDS_ONLY = remark(RemarkCode.WORDS_ONLY)
BEING_RECUT = remark(RemarkCode.RECUTTING)


def not_cut_anew(fault: Fault) -> DocumentRemark:
    """Why not; until then it is found as it was."""
    return for_a_fault(RemarkCode.UNCUT, fault)


def not_drawn_whole(why: Fault | int) -> DocumentRemark:
    """Its graph lacks something: for a fault, or in so many of its passages."""
    if isinstance(why, Fault):
        return for_a_fault(RemarkCode.UNDRAWN, why)
    return remark(RemarkCode.PASSAGES_UNDRAWN, count=why)


def for_a_fault(code: RemarkCode, fault: Fault, count: int = 0) -> DocumentRemark:
    """What lacks for a fault, perhaps in so many places. Who knows its code may tell it in other words."""
    said = {"why": fault.sentence(), "problem": fault.code or fault.kind.value, "kind": fault.kind.value}
    values: dict[str, Value] = {**said}
    return remark(code, **values, count=count) if count else remark(code, **values)


def without(remarks: Iterable[DocumentRemark], *codes: RemarkCode) -> Remarks:
    """Those that have other codes, or none."""
    return tuple(each for each in remarks if each.code not in codes)


def without_recutting(remarks: Iterable[DocumentRemark]) -> Remarks:
    """Without what is said of cutting a document anew: of a copy of it, nobody would take that back."""
    return without(remarks, RemarkCode.RECUTTING, RemarkCode.UNCUT)
