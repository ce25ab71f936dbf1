"""Pure decisions about money: wallets, papers, statements, and two sides of the same books."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookapp.payments import rules
from bookapp.payments.rules import Section, wallet_part
from bookapp.payments.rules.reconciling import Side, Verdict, compare
from bookapp.values.least import least_by_card
from bookapp.values.money import Money
from bookapp.values.timespan import UTC, Span

amounts = st.integers(0, 10**9).map(lambda minor: Money(minor, "EUR"))


def euro(minor: int) -> Money:
    return Money(minor, "EUR")


@given(due=amounts.filter(bool), available=amounts)
def test_the_card_pays_nothing_or_enough_to_be_collected(due: Money, available: Money) -> None:
    part = wallet_part(due, available)
    rest = due - part
    assert Money.zero("EUR") <= part <= min(due, available)
    assert rest.minor == 0 or rest.minor >= min(least_by_card("EUR").minor, due.minor)


@given(due=amounts.filter(bool))
def test_a_full_wallet_pays_all(due: Money) -> None:
    assert wallet_part(due, due) == due


@pytest.mark.parametrize(
    ("due", "available", "part"),
    [(2000, 1990, 1950), (2000, 1999, 1950), (2000, 1951, 1950), (2000, 1950, 1950), (2000, 1949, 1949), (40, 39, 0)],
)
def test_a_few_cents_stay_in_the_wallet_rather_than_on_the_card(due: int, available: int, part: int) -> None:
    assert wallet_part(euro(due), euro(available)) == euro(part)


@pytest.mark.parametrize(
    ("slug", "prefix"),
    [("kastanienhof", "KAS"), ("stillwater-yoga", "SY"), ("a-b-c-d", "ABC"), ("-ab-", "AB"), ("x", "X"), ("", "")],
)
def test_a_prefix_is_short_and_reminds_of_the_name(slug: str, prefix: str) -> None:
    assert rules.prefix_of(slug) == prefix


def test_papers_are_numbered_in_two_series() -> None:
    assert rules.paper_label("KAS", "invoice", 123) == "KAS-000123"
    assert rules.paper_label("KAS", "credit_note", 45) == "KAS-C-000045"
    assert rules.paper_label("KAS", "invoice", 1_234_567) == "KAS-1234567"


@pytest.mark.parametrize(
    ("tax", "whole", "amount", "share"),
    [
        (862, 5400, 2700, 431), (862, 5400, 5400, 862), (1, 2, 1, 1), (1, 3, 1, 0), (862, 5400, 0, 0),
        (0, 5400, 2700, 0), (862, 0, 100, 0), (862, -1, 100, 0), (5, 1, 1, 1), (-5, 10, 10, 0), (10, 1, 2, 2),
    ],
)  # fmt: skip
def test_a_credit_note_takes_its_share_of_the_tax(tax: int, whole: int, amount: int, share: int) -> None:
    assert rules.share_of_tax(euro(tax), euro(whole), euro(amount)) == euro(share)


@pytest.mark.parametrize(
    ("kind", "cause", "section"),
    [
        ("payment", "payment:1", Section.EARNED), ("payment", "venue:1", Section.EARNED),
        ("refund", "refund:1", Section.REFUNDED), ("payout", "statement:1", Section.PAID_OUT),
        ("debit", "venue:17", Section.COLLECTED), ("debit", "dispute:3:fee", Section.DISPUTED),
        ("credit", "gift:1", Section.OTHER), ("adjustment", "", Section.OTHER),
    ],
)  # fmt: skip
def test_where_a_movement_stands_on_a_statement(kind: str, cause: str, section: Section) -> None:
    assert rules.section_of(kind, cause) is section
    assert section.label


@pytest.mark.parametrize(
    ("day", "after"),
    [("2026-01-01", "2026-02-01"), ("2026-01-31", "2026-02-01"), ("2028-02-29", "2028-03-01"),
     ("2026-12-05", "2027-01-01")],
)  # fmt: skip
def test_the_month_after(day: str, after: str) -> None:
    assert rules.month_after(dt.date.fromisoformat(day)) == dt.date.fromisoformat(after)


def test_a_month_is_utcs() -> None:
    whole = Span(dt.datetime(2026, 12, 1, tzinfo=UTC), dt.datetime(2027, 1, 1, tzinfo=UTC))
    assert rules.month_span(dt.date(2026, 12, 1)) == whole


@pytest.fixture(params=["UTC", "Asia/Tokyo", "America/New_York"])
def machines_zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What the server's own clock shows."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("now", "closed", "payable"),
    [
        (dt.datetime(2026, 12, 1, 1, 59, 59, tzinfo=UTC), dt.date(2026, 10, 1), dt.date(2026, 11, 1)),
        (dt.datetime(2026, 12, 1, 2, tzinfo=UTC), dt.date(2026, 11, 1), dt.date(2026, 11, 1)),
        (dt.datetime(2027, 1, 31, 23, tzinfo=UTC), dt.date(2026, 12, 1), dt.date(2026, 12, 1)),
        # Wherever the clock stands: it is still November in UTC.
        (dt.datetime(2026, 12, 1, 4, tzinfo=dt.timezone(dt.timedelta(hours=5))), dt.date(2026, 10, 1),
         dt.date(2026, 10, 1)),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("machines_zone")
def test_which_month_is_over_and_which_may_be_paid_out(now: dt.datetime, closed: dt.date, payable: dt.date) -> None:
    assert rules.last_closed_month(now) == closed
    assert rules.payable_since(now) == payable
    assert rules.can_pay_out(payable, 1, now)
    assert rules.can_pay_out(rules.month_after(payable), 1, now)
    assert not rules.can_pay_out(payable, 0, now)
    assert not rules.can_pay_out(payable, -1, now)
    assert not rules.can_pay_out(payable - dt.timedelta(days=1), 1, now)


MOVED, OTHER = Side(euro(100), moved=True), Side(euro(99), moved=True)
WAITING, DEAD = Side(euro(100), moved=False, open=True), Side(euro(100), moved=False)


@pytest.mark.parametrize(
    ("ours", "theirs", "verdict"),
    [
        (MOVED, MOVED, Verdict.AGREES), (MOVED, OTHER, Verdict.OTHER_AMOUNT), (WAITING, MOVED, Verdict.BEHIND),
        (DEAD, MOVED, Verdict.OTHER_STATE), (MOVED, DEAD, Verdict.OTHER_STATE), (MOVED, WAITING, Verdict.OTHER_STATE),
        (DEAD, DEAD, Verdict.AGREES), (WAITING, DEAD, Verdict.AGREES), (None, MOVED, Verdict.MISSING_HERE),
        (None, DEAD, Verdict.AGREES), (MOVED, None, Verdict.MISSING_THERE), (DEAD, None, Verdict.AGREES),
        (None, None, Verdict.AGREES),
    ],
)  # fmt: skip
def test_our_word_against_the_providers(ours: Side | None, theirs: Side | None, verdict: Verdict) -> None:
    assert compare(ours, theirs) is verdict
    assert verdict.label
