"""Refusals of the catalogue."""

from __future__ import annotations

from collections.abc import Sequence

from bookapp.catalog.rules.sheet import Fault
from bookapp.values.errors import NotPossibleNow, NotValid
from bookapp.values.words import N_


class LastOwner(NotPossibleNow):
    """Somebody has to be responsible for a merchant."""

    code = "last_owner"
    sentence = N_("A merchant needs an owner. Make somebody else an owner first.")


class SheetRefused(NotValid):
    """Nothing was imported; `faults` says all that is wrong, in the order of the lines."""

    code = "sheet_refused"
    sentence = N_("Nothing was imported. Please put right what is listed and try again.")

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__({})
        self.faults = tuple(sorted(faults, key=lambda fault: fault.line))


class TermsChanged(NotPossibleNow):
    """Somebody else saved these terms since the form was opened."""

    code = "stale"
    sentence = N_("Somebody changed these terms a moment ago. What they say now stands beside what you typed.")


class ProfileChanged(NotPossibleNow):
    """Somebody else saved this profile since the form was opened."""

    code = "stale"
    sentence = N_("Somebody changed this profile a moment ago. What it says now stands beside what you typed.")


class PlaceChanged(NotPossibleNow):
    """Somebody else saved this venue or room since the form was opened (guarantees.md 13)."""

    code = "stale"
    sentence = N_("Somebody changed this a moment ago. What it says now stands beside what you typed.")


class OfferChanged(NotPossibleNow):
    """Somebody else saved this service, add-on, person or house since the form was opened."""

    code = "stale"
    sentence = N_("Somebody changed this a moment ago. What it says now stands beside what you typed.")


class PhotoChanged(NotPossibleNow):
    """Somebody else said meanwhile what is on a picture (guarantees.md 13)."""

    code = "stale"
    sentence = N_("Somebody described this photo a moment ago. What they wrote stands beside what you typed.")
