"""Refusals around reviews."""

from __future__ import annotations

from bookapp.values.errors import NotPossibleNow
from bookapp.values.words import N_


class NotYet(NotPossibleNow):
    """Reviews are written afterwards, by whoever was there."""

    code = "review_not_yet"
    sentence = N_("You can write about this after you have been there.")


class AlreadyReviewed(NotPossibleNow):
    """One per customer per room or service."""

    code = "already_reviewed"
    sentence = N_("You have written about this already.")
