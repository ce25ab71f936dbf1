"""What a review must be, and how it is signed."""

from __future__ import annotations

import datetime as dt
import unicodedata

from bookapp.booking.states import BookingState
from bookapp.values.words import N_

LONGEST_WORDS = 4000


def problems(stars: int, words: str) -> dict[str, str]:
    """A sentence (marked with N_) per field that cannot be used."""
    found = {}
    if not 1 <= stars <= 5:
        found["stars"] = N_("Give between one and five stars.")
    if len(words) > LONGEST_WORDS:
        found["words"] = N_("This is too long: at most 4000 characters.")
    if any(unicodedata.category(letter) == "Cc" and letter not in "\n\t" for letter in words):
        found["words"] = N_("This has characters in it that cannot be shown.")
    return found


def can_review(state: str, ends_at: dt.datetime, now: dt.datetime) -> bool:
    """Only afterwards, and only whoever was there (product.md, "Reviews")."""
    return state == BookingState.COMPLETED and ends_at <= now


def signature(name: str) -> str:
    """How a review is signed in public: the first name, and the initial of the last: "Jonas W."."""
    first, *others = name.split() or [""]
    return f"{first} {others[-1][0]}." if others else first
