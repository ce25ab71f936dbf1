"""What happens with reviews."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReviewWritten:
    """A review is published: its reader and those it is about may want to know."""

    review_id: int
    booking_ref: str
