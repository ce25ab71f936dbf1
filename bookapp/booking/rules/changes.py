"""What a change of a booking comes to: moved to another time, or a part of it given back (product.md, "Moving").

Lines are added, never altered: what no longer holds is reversed by a line with the opposite sign. What the terms keep
of a price that went down becomes a line of its own, so that the lines always add up to the total, and so that moving
to a cheap time and cancelling then brings no more than cancelling at once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Protocol

from bookapp.values.least import too_little
from bookapp.values.money import Money, total

# The unit of a line that holds what the terms kept: it never comes back.
KEPT = "kept"
# The unit of a line that takes off what a merchant's own change would have cost: the gift.
GIVEN = "given"
# The unit of a line that takes off what no card could be charged.
WAIVED = "waived"
# What a coupon or a tax reckons on: a part of these takes its part of those along.
_GROSS = ("base", "rule", "addon")


@dataclass(frozen=True, slots=True)
class NewTime:
    """Where a booking is to go. A room: `start`, `end` and perhaps another `room_id`; seats: `session_id`;
    an appointment: `start` and perhaps another `facilitator_id`."""

    start: dt.datetime | None = None
    end: dt.datetime | None = None
    room_id: int | None = None
    session_id: int | None = None
    facilitator_id: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """What is given back: so many seats, and pieces of add-ons as (add-on id, pieces)."""

    seats: int = 0
    addons: tuple[tuple[int, int], ...] = ()


class Written(Protocol):
    """A line as it stands in the database."""

    @property
    def kind(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def quantity(self) -> Decimal: ...
    @property
    def unit_price_minor(self) -> int: ...
    @property
    def subtotal_minor(self) -> int: ...
    @property
    def addon_id(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class AgreedLine:
    """One priced part as it stands after all changes; in a reversal quantity and subtotal are below zero."""

    kind: str
    label: str
    unit: str
    quantity: Decimal
    unit_price_minor: int
    subtotal_minor: int
    addon_id: int | None = None

    @property
    def reversed(self) -> AgreedLine:
        """The line that takes this one back."""
        return replace(self, quantity=-self.quantity, subtotal_minor=-self.subtotal_minor)


@dataclass(frozen=True, slots=True)
class Settlement:
    """`difference` is the new price less the old one; where a gift of the house lives on, less that. Of a higher one
    `pay` is to be paid and `given` is not charged; of a lower one `back` goes back and `kept` stays by the terms.
    `waived` is what is not asked for because no card can be charged so little."""

    difference: Money
    pay: Money
    given: Money
    back: Money
    kept: Money
    waived: Money


def agreed_now(lines: Iterable[Written]) -> list[AgreedLine]:
    """What holds after all changes: equal lines and their reversals summed up, what is nothing left out.

    In the order in which they were last written.
    """
    sums: dict[tuple[object, ...], AgreedLine] = {}
    for line in lines:
        key = (line.kind, line.label, line.unit, line.unit_price_minor, line.addon_id)
        before = sums.pop(key, None)
        sums[key] = AgreedLine(
            line.kind,
            line.label,
            line.unit,
            line.quantity + (before.quantity if before else 0),
            line.unit_price_minor,
            line.subtotal_minor + (before.subtotal_minor if before else 0),
            line.addon_id,
        )
    return [line for line in sums.values() if line.quantity or line.subtotal_minor]


def kept_so_far(lines: Iterable[Written], currency: str) -> Money:
    """What earlier changes have left with the merchant by the terms: part of the total, but no price of anything."""
    return total((Money(line.subtotal_minor, currency) for line in lines if line.unit == KEPT), currency)


def given_so_far(lines: Iterable[Written], currency: str) -> Money:
    """What moves by the house have left uncharged of the price: the gift, as an amount above zero."""
    return -total((Money(line.subtotal_minor, currency) for line in lines if line.unit == GIVEN), currency)


def extras_in(lines: Iterable[AgreedLine]) -> dict[int, int]:
    """How many pieces of each add-on are agreed, by its id."""
    pieces: dict[int, int] = {}
    for line in lines:
        if line.kind == "addon" and line.addon_id is not None:
            pieces[line.addon_id] = pieces.get(line.addon_id, 0) + int(line.quantity)
    return pieces


def can_move(
    *,
    state: str,
    starts_at: dt.datetime,
    until_hours: int,
    now: dt.datetime,
    by_merchant: bool,
    terms_start: dt.datetime | None = None,
) -> bool:
    """A customer may move what is confirmed, until the hours of the terms before `terms_start` (exactly then still;
    unless said, the start), and never once it has begun; the merchant may at any time."""
    if state != "confirmed":
        return False
    return by_merchant or (now < starts_at and now <= (terms_start or starts_at) - dt.timedelta(hours=until_hours))


def terms_start(*, before: dt.datetime, begins: dt.datetime, by_merchant: bool) -> dt.datetime:
    """From when the terms count after a move to what begins at `begins` (of a retreat: its first part).

    `before` is what they counted from until then. A customer's own move counts from the new start. One by the house
    never makes the share worse: to a nearer time they go on counting from where they did, to a later one from there.
    """
    return max(before, begins) if by_merchant else begins


def charged(difference: Money, gift: Money, *, whole: bool = False) -> Money:
    """What of a higher price is charged to a customer whose booking the house has moved before.

    What the house gave counts towards a dearer time, as far as it goes and never beyond: who was put at 80.00 for 54.00
    goes to another time of 80.00 for nothing, to one of 90.00 for 10.00. A cheaper time than what they pay ends it.
    Less than a card can be charged is not charged, unless it is paid together with a rest (`whole`).
    """
    zero = Money.zero(difference.currency)
    more = difference - min(gift, max(difference, zero))
    return zero if too_little(more) and not whole else more


def settlement(
    *,
    old: Money,
    new: Money,
    paid: Money,
    kept: Money,
    percent: int,
    by_merchant: bool,
    gift: Money | None = None,
    rest: Money | None = None,
    joins_rest: bool = False,
) -> Settlement:
    """What changing the price from `old` to `new` comes to (both without what was kept before, which is `kept`).

    A lower price brings the share of the terms at this moment, and never more than was paid beyond what is owed. A
    merchant's change is free both ways: a higher price is not charged, a lower one comes back whole. `gift` is what
    the house gave before (`given_so_far`); `old` is without it. `rest` is what is still open of a deposit; a higher
    price `joins_rest` or is paid by itself.
    """
    zero = Money.zero(old.currency)
    difference = new - old
    if difference >= zero:
        if by_merchant:
            return Settlement(difference, zero, difference, zero, zero, zero)
        pay, given = charged(difference, gift or zero, whole=joins_rest), min(gift or zero, difference)
        return Settlement(pay, pay, given, zero, zero, difference - given - pay)
    less = -difference
    stays = zero if by_merchant else less - less.percent(percent)
    back = max(paid - (new + kept + stays), zero)
    still_open = max((rest or zero) + difference + stays, zero)
    return Settlement(difference, zero, zero, back, stays, still_open if too_little(still_open) else zero)


def share_after(percent: int, most_before: int | None) -> int:
    """The best share that can come back after a move: what it was at that moment, and never more than before."""
    return percent if most_before is None else min(percent, most_before)


def rest_due_after(
    rest_due_at: dt.datetime | None, old_start: dt.datetime, new_start: dt.datetime
) -> dt.datetime | None:
    """When the rest is due after a move: as long before the new start, no sooner than agreed, by the start at last."""
    if rest_due_at is None:
        return None
    return min(max(rest_due_at, new_start - (old_start - rest_due_at)), new_start)


def part_reversal(
    lines: Sequence[AgreedLine], *, seats: int, of_seats: int, addons: Mapping[int, int]
) -> list[AgreedLine]:
    """The lines that take back `seats` of `of_seats` and some pieces of add-ons, `{add-on id: pieces}`.

    Seats take their part of every line that is no add-on along; discount and tax follow in proportion to what is taken
    of the price before them. Half up to the minor unit line by line; taking all of it leaves nothing.
    """
    taken = [
        part
        for line in lines
        if line.kind in _GROSS and line.unit != KEPT
        if (part := _taken(line, seats=seats, of_seats=of_seats, addons=addons))
    ]
    gross = sum(line.subtotal_minor for line in lines if line.kind in _GROSS and line.unit != KEPT)
    gone = sum(part.subtotal_minor for part in taken)
    if gross > 0:
        taken += [
            replace(line, quantity=Decimal(0), subtotal_minor=minor)
            for line in lines
            if line.kind not in _GROSS and (minor := _share(line.subtotal_minor, min(max(gone, 0), gross), gross))
        ]
    return [part.reversed for part in taken]


def _taken(line: AgreedLine, *, seats: int, of_seats: int, addons: Mapping[int, int]) -> AgreedLine | None:
    if line.kind == "addon" and line.addon_id is not None:
        pieces = min(addons.get(line.addon_id, 0), int(line.quantity))
        if pieces <= 0:
            return None
        return replace(
            line,
            quantity=Decimal(pieces),
            subtotal_minor=_share(line.subtotal_minor, pieces, int(line.quantity)),
        )
    if not seats:
        return None
    quantity = Decimal(seats) if line.unit == "seat" else Decimal(0)
    return replace(line, quantity=quantity, subtotal_minor=_share(line.subtotal_minor, seats, of_seats))


def _share(minor: int, part: int, whole: int) -> int:
    return Money(minor, "XXX").split([part, whole - part])[0].minor if part < whole else minor
