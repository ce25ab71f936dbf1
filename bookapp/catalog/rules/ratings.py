"""Stars, from the sums that stand beside rooms, services and people."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal


def average(stars: int, count: int) -> Decimal | None:
    """Stars per review to one decimal, halves up; None without reviews."""
    return (Decimal(stars) / count).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP) if count else None
