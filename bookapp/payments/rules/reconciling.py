"""Comparing what we have written down with what a provider has, one charge or refund at a time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bookapp.values.money import Money
from bookapp.values.words import N_


class Verdict(StrEnum):
    """What a comparison comes to. BEHIND resolves itself when the provider is asked; the last four are for a person."""

    AGREES = "agrees"
    BEHIND = "behind"
    MISSING_HERE = "missing_here"
    MISSING_THERE = "missing_there"
    OTHER_AMOUNT = "other_amount"
    OTHER_STATE = "other_state"

    @property
    def label(self) -> str:
        """The words on the page, to be translated."""
        return _LABELS[self]


_LABELS = {
    Verdict.AGREES: N_("Agrees"),
    Verdict.BEHIND: N_("Not heard of yet"),
    Verdict.MISSING_HERE: N_("At the provider, not in our books"),
    Verdict.MISSING_THERE: N_("In our books, not at the provider"),
    Verdict.OTHER_AMOUNT: N_("Another amount at the provider"),
    Verdict.OTHER_STATE: N_("Another state at the provider"),
}


@dataclass(frozen=True, slots=True)
class Side:
    """One side's word: how much, and whether the money has moved (or may still: `open`)."""

    amount: Money
    moved: bool
    open: bool = False


def compare(ours: Side | None, theirs: Side | None) -> Verdict:
    """Our word on a charge or refund against the provider's; None is a side that does not know it.

    Nobody misses what moved no money. What moved there and is open here has only not been heard of yet.
    """
    if ours is None or theirs is None:
        return _one_sided(ours, theirs)
    if theirs.moved and ours.moved:
        return Verdict.AGREES if ours.amount == theirs.amount else Verdict.OTHER_AMOUNT
    if theirs.moved:
        return Verdict.BEHIND if ours.open else Verdict.OTHER_STATE
    return Verdict.OTHER_STATE if ours.moved else Verdict.AGREES


def _one_sided(ours: Side | None, theirs: Side | None) -> Verdict:
    if theirs is not None and theirs.moved:
        return Verdict.MISSING_HERE
    if ours is not None and ours.moved:
        return Verdict.MISSING_THERE
    return Verdict.AGREES
