"""What holds after changes, line by line, and what a change comes to, to the field; and when a rest is reminded of."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from bookapp.booking import rules
from bookapp.booking.rules import AgreedLine, Settlement
from bookapp.booking.rules.resting import OVERDUE, stage
from bookapp.values.money import Money
from bookapp.values.timespan import UTC

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = dt.timedelta(hours=1)


def euro(minor: int) -> Money:
    return Money(minor, "EUR")


def line(
    kind: str = "base", *, unit: str = "seat", quantity: int = 2, minor: int = 3200, **facts: object
) -> AgreedLine:
    known = {"label": "Yoga", "unit_price_minor": 1600, "addon_id": None} | facts
    return AgreedLine(kind, unit=unit, quantity=Decimal(quantity), subtotal_minor=minor, **known)


def mats(pieces: int, *, addon_id: int | None = 7) -> AgreedLine:
    return line("addon", label="Mat", unit="piece", quantity=pieces, minor=300 * pieces, addon_id=addon_id)


def test_equal_lines_are_summed_up_with_everything_they_say() -> None:
    assert rules.agreed_now([mats(1), line(), mats(2)]) == [line(), mats(3)]
    assert rules.agreed_now([mats(1, addon_id=7), mats(1, addon_id=8)]) == [mats(1, addon_id=7), mats(1, addon_id=8)]


def test_a_line_without_a_quantity_or_without_an_amount_still_holds() -> None:
    for held in (line(quantity=0, minor=-50), line(quantity=1, minor=0)):
        assert rules.agreed_now([held]) == [held]
    assert rules.agreed_now([line(quantity=0, minor=0)]) == []


def test_pieces_of_add_ons_are_counted_by_what_they_are() -> None:
    assert rules.extras_in([mats(2), mats(1), mats(4, addon_id=8), mats(9, addon_id=None), line()]) == {7: 3, 8: 4}
    assert rules.extras_in([line(addon_id=7)]) == {}, "only an add-on is one"


def test_what_was_kept_and_given_is_read_from_its_lines() -> None:
    kept, given = line("rule", unit=rules.KEPT, minor=675), line("discount", unit=rules.GIVEN, minor=-2600)
    assert rules.kept_so_far([line(), kept, given, kept], "EUR") == euro(1350)
    assert rules.given_so_far([line(), kept, given], "EUR") == euro(2600)
    assert rules.kept_so_far([line()], "EUR") == rules.given_so_far([line()], "EUR") == euro(0)


@pytest.mark.parametrize(
    ("old", "new", "more", "came"),
    [
        # difference, to pay, given, back, kept, waived
        (5400, 8100, {}, (2700, 2700, 0, 0, 0, 0)),
        (5400, 5400, {}, (0, 0, 0, 0, 0, 0)),
        (5400, 5400, {"paid": euro(9000)}, (0, 0, 0, 0, 0, 0)),
        (5400, 2700, {}, (-2700, 0, 0, 2025, 675, 0)),
        (5400, 8100, {"by_merchant": True}, (2700, 0, 2700, 0, 0, 0)),
        (5400, 2700, {"by_merchant": True}, (-2700, 0, 0, 2700, 0, 0)),
        (5400, 8000, {"gift": euro(2600)}, (0, 0, 2600, 0, 0, 0)),
        (5400, 9000, {"gift": euro(2600)}, (1000, 1000, 2600, 0, 0, 0)),
        (5400, 6000, {"gift": euro(2600)}, (0, 0, 600, 0, 0, 0)),
        (5400, 2700, {"kept": euro(1000), "paid": euro(6400)}, (-2700, 0, 0, 2025, 675, 0)),
        # Less than a card can be charged.
        (5400, 5449, {}, (0, 0, 0, 0, 0, 49)),
        (5400, 5450, {}, (50, 50, 0, 0, 0, 0)),
        (5400, 5449, {"joins_rest": True}, (49, 49, 0, 0, 0, 0)),
        (5400, 8049, {"gift": euro(2600)}, (0, 0, 2600, 0, 0, 49)),
        (10_000, 5000, {"rest": euro(3799), "paid": euro(6201)}, (-5000, 0, 0, 0, 1250, 49)),
        (10_000, 5000, {"rest": euro(3800), "paid": euro(6200)}, (-5000, 0, 0, 0, 1250, 0)),
        (10_000, 5000, {"rest": euro(3750), "paid": euro(6250)}, (-5000, 0, 0, 0, 1250, 0)),
    ],
)
def test_a_change_of_the_price_to_the_field(old: int, new: int, more: dict[str, Any], came: tuple[int, ...]) -> None:
    facts = {"paid": euro(5400), "kept": euro(0), "percent": 75, "by_merchant": False} | more
    assert rules.settlement(old=euro(old), new=euro(new), **facts) == Settlement(*map(euro, came))


def test_a_cancellation_says_share_refund_and_fee() -> None:
    assert rules.cancellation(paid=euro(5400), total=euro(5400), percent=75) == rules.Cancellation(
        75, euro(4050), euro(1350)
    )


def test_a_refund_of_one_cent_is_one() -> None:
    assert rules.refunds_newest_first([(2, euro(1)), (1, euro(5))], euro(2)) == [(2, euro(1)), (1, euro(1))]


@pytest.mark.parametrize(
    ("before", "begins", "by_merchant", "counts"),
    [(50, 80, False, 80), (50, 20, False, 20), (50, 80, True, 80), (50, 20, True, 50)],
)
def test_from_when_the_terms_count(before: int, begins: int, by_merchant: bool, counts: int) -> None:
    start = rules.terms_start(before=NOW + before * HOUR, begins=NOW + begins * HOUR, by_merchant=by_merchant)
    assert start == NOW + counts * HOUR


def test_until_when_one_may_move_counts_from_there() -> None:
    facts = {"state": "confirmed", "starts_at": NOW + 5 * HOUR, "until_hours": 24, "now": NOW, "by_merchant": False}
    assert not rules.can_move(**facts)
    assert rules.can_move(**facts, terms_start=NOW + 24 * HOUR)
    assert not rules.can_move(**facts, terms_start=NOW + 23 * HOUR)


def reversal(*lines: AgreedLine, seats: int = 0, of_seats: int = 2, **addons: int) -> list[tuple[str, int, int]]:
    """The kind, quantity and amount of each line that takes something back; `a7=1` is one piece of add-on 7."""
    wanted = {int(name[1:]): pieces for name, pieces in addons.items()}
    gone = rules.part_reversal(lines, seats=seats, of_seats=of_seats, addons=wanted)
    return [(one.kind, int(one.quantity), one.subtotal_minor) for one in gone]


DISCOUNT = line("discount", unit="", quantity=1, minor=-350)


def test_an_add_on_nobody_gives_back_stays_whole() -> None:
    assert reversal(line(), mats(3), seats=1) == [("base", -1, -1600)]
    assert reversal(line(), mats(3), a7=0) == []
    assert reversal(line(), mats(3), a8=2) == []
    assert reversal(line(), mats(3), a7=2) == [("addon", -2, -600)]


def test_an_add_on_without_an_id_goes_with_the_seats() -> None:
    assert reversal(mats(2, addon_id=None), seats=1) == [("addon", 0, -300)]
    assert reversal(line(addon_id=7), a7=1) == [], "a base is no add-on, whatever it names"


def test_the_smallest_price_takes_its_discount_along() -> None:
    one = line(minor=1, quantity=1)
    assert reversal(one, line("discount", unit="", quantity=1, minor=-1), seats=1, of_seats=1) == [
        ("base", -1, -1), ("discount", 0, 1),
    ]  # fmt: skip


def test_what_costs_nothing_moves_no_discount() -> None:
    assert reversal(line(minor=0), DISCOUNT, seats=1) == [("base", -1, 0)]
    # A discount beyond the price before it: what is taken counts as nothing, never below.
    below = line("rule", unit="", quantity=1, minor=-4000)
    assert reversal(line(), below, mats(10), DISCOUNT, seats=2) == [("base", -2, -3200), ("rule", 0, 4000)]


def test_taking_all_of_it_leaves_nothing() -> None:
    lines = [line(), mats(1), DISCOUNT]
    gone = rules.part_reversal(lines, seats=2, of_seats=2, addons={7: 1})
    assert not any(one.subtotal_minor for one in rules.agreed_now([*lines, *gone]))


DUE = NOW + 30 * 24 * HOUR


@pytest.mark.parametrize(
    ("days", "confirmed", "said"),
    [
        (7.01, 30, None), (7, 30, 7), (3.01, 30, 7), (3, 30, 3), (1.01, 30, 3), (1, 30, 1), (0.01, 30, 1),
        (0, 30, OVERDUE), (-5, 30, OVERDUE),
        # Its confirmation has just said it.
        (6.9, 7, None), (6.9, 6.95, None), (6.9, 7.01, 7), (3, 7, 3), (3, 3, None), (3, None, 3), (0, 0, OVERDUE),
    ],
)  # fmt: skip
def test_the_stages_of_reminding(days: float, confirmed: float | None, said: int | None) -> None:
    confirmed_at = None if confirmed is None else DUE - dt.timedelta(days=confirmed)
    assert stage(rest_due_at=DUE, confirmed_at=confirmed_at, now=DUE - dt.timedelta(days=days)) == said
