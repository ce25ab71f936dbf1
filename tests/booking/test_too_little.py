"""Amounts that no card can be charged: never asked of one, and never in the way of a booking."""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlsplit

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from bookapp.booking import actions, rules
from bookapp.booking.actions.moving import move
from bookapp.booking.actions.parting import cancel_part
from bookapp.booking.messages.summary import summary_of
from bookapp.booking.models import Booking
from bookapp.booking.queries import manage_url
from bookapp.booking.queries.changes import agreed_lines
from bookapp.booking.queries.resting import rest_of
from bookapp.booking.rules import NewTime, Part
from bookapp.catalog.models import Room
from bookapp.infra.db import db
from bookapp.payments import actions as payments
from bookapp.payments.errors import TooLittleForCard
from bookapp.payments.models import Payment
from bookapp.payments.queries import balance
from bookapp.payments.rules import wallet_part
from bookapp.pricing.rules import Deposit, LineKind, Quote, TaxRate, due, finished
from bookapp.pricing.rules.codes import Coupon
from bookapp.values.least import least_by_card, too_little
from bookapp.values.money import Money
from tests.booking.paid import a_coupon, a_deposit, a_deposit_booking, a_tax, somebody
from tests.booking.test_combinations import deposits, line, taxes
from tests.builders import a_room, an_addon
from tests.builders.booking import NOW, a_booking, a_guest, a_hold, a_wish, an_open_room, at, details, pay
from tests.builders.numbers import another
from tests.support.client import Client
from tests.support.select import texts

HOUR = dt.timedelta(hours=1)
CURRENCIES = st.sampled_from(["EUR", "GBP", "JPY", "INR", "KWD", "HUF", "DKK", "ZAR"])


def test_the_table_knows_currencies_without_decimals_and_with_three() -> None:
    said = {currency: least_by_card(currency).minor for currency in ("EUR", "GBP", "JPY", "INR", "HUF", "KWD", "ZAR")}
    assert said == {"EUR": 50, "GBP": 30, "JPY": 50, "INR": 100, "HUF": 17500, "KWD": 500, "ZAR": 50}
    assert [too_little(Money(minor, "EUR")) for minor in (-1, 0, 1, 49, 50)] == [False, False, True, True, False]


class Card:
    """Takes what is asked for, from a wallet first, and refuses what no provider collects."""

    def __init__(self, currency: str, wallet: int) -> None:
        self.wallet = Money(wallet, currency)
        self.paid = Money.zero(currency)

    def pay(self, amount: Money, *, wallet: bool) -> None:
        part = wallet_part(amount, self.wallet) if wallet and self.wallet else Money.zero(amount.currency)
        assert not too_little(amount - part), "nothing below the least is asked of a card"
        self.wallet -= part
        self.paid += amount


@st.composite
def cheap(draw: st.DrawFn, currency: str) -> Quote:
    """What costs about as little as a card can be charged, or up to ten times that."""
    most = 10 * least_by_card(currency).minor
    lines = [line(LineKind.BASE, draw(st.integers(0, most)), currency)]
    if draw(st.booleans()):
        lines.append(line(LineKind.ADDON, draw(st.integers(0, most)), currency))
    minor = sum(one.subtotal.minor for one in lines)
    return Quote(tuple(lines), Money(minor, currency))


@st.composite
def near_coupons(draw: st.DrawFn, quote: Quote) -> Coupon | None:
    """None, or one that leaves little."""
    if draw(st.booleans()):
        return draw(st.one_of(st.none(), st.integers(1, 100).map(lambda share: Coupon("C", percent=share))))
    off = max(quote.total.minor - draw(st.integers(0, 2 * least_by_card(quote.total.currency).minor)), 1)
    return Coupon("C", amount=Money(off, quote.total.currency))


@st.composite
def prices_near(draw: st.DrawFn, *those: Money) -> Money:
    """A price that can be charged, often hardly different from one of those."""
    least = least_by_card(those[0].currency).minor
    minor = draw(st.sampled_from(those)).minor + draw(st.integers(-2 * least, 2 * least))
    return Money(0 if minor < least else minor, those[0].currency)


@given(
    data=st.data(), currency=CURRENCIES, tax=taxes, deposit=deposits, wallet=st.integers(0, 30_000),
    use=st.lists(st.booleans(), min_size=8, max_size=8), days=st.integers(0, 60),
)  # fmt: skip
def test_no_combination_asks_a_card_for_too_little_or_can_never_be_paid(
    data: st.DataObject, currency: str, tax: TaxRate | None, deposit: Deposit | None, wallet: int,
    use: list[bool], days: int,
) -> None:  # fmt: skip
    quote = data.draw(cheap(currency))
    coupon = data.draw(near_coupons(quote))
    priced = finished(quote, coupon, tax)
    zero = Money.zero(currency)
    assert sum(one.subtotal.minor for one in priced.lines) == priced.total.minor
    assert not too_little(priced.total)
    assert priced.total or not priced.tax or not priced.tax.amount, "what costs nothing holds no tax"

    card = Card(currency, wallet)
    parts = due(priced.total, deposit, starts_at=NOW + dt.timedelta(days=days), now=NOW)
    card.pay(parts.now, wallet=use[0])
    total, kept, gift, has_rest = priced.total, zero, zero, parts.rest_due_at is not None
    for by_merchant, joins, with_wallet in (use[1:4], use[4:7]):
        percent = data.draw(st.sampled_from([0, 25, 50, 75, 100]))
        rest = max(total - card.paid, zero) if has_rest else zero
        new = data.draw(prices_near(total - kept, card.paid))
        came = rules.settlement(
            old=total - kept, new=new, paid=card.paid, kept=kept, percent=percent,
            by_merchant=by_merchant, gift=gift, rest=rest, joins_rest=joins and bool(rest),
        )  # fmt: skip
        if came.pay and not (joins and rest):
            card.pay(came.pay, wallet=with_wallet)
        card.paid -= came.back
        kept, gift = kept + came.kept, came.given
        total = new - came.given - came.waived + kept
    rest = max(total - card.paid, zero)
    assert has_rest or not rest, "nothing is left open that nobody asks for"
    card.pay(rest, wallet=use[7])
    assert card.paid >= total


@given(old=st.integers(50, 10_000), steps=st.lists(st.integers(0, 49), max_size=8))
def test_waiving_again_and_again_gives_no_more_than_once(old: int, steps: list[int]) -> None:
    price, right = Money(old, "EUR"), old
    for step in steps:
        right += step
        came = rules.settlement(
            old=price, new=Money(right, "EUR"), paid=price, kept=Money(0, "EUR"), percent=100, by_merchant=False
        )
        price += came.pay
        assert right - price.minor < least_by_card("EUR").minor


def to(room: Room, start: dt.datetime | None = None) -> NewTime:
    start = start or at(9)
    return NewTime(start=start, end=start + 2 * HOUR, room_id=room.id)


def lines_add_up(booking: Booking) -> list[tuple[str, int]]:
    db.session.refresh(booking)
    lines = agreed_lines(booking)
    assert sum(one.subtotal_minor for one in lines) == booking.total_minor
    return [(one.unit, one.subtotal_minor) for one in lines]


def asked_by_card() -> list[int]:
    return [one.amount_minor for one in db.session.scalars(db.select(Payment)) if one.gateway != "wallet"]


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("taxed", [False, True])
def test_a_coupon_that_leaves_a_few_cents_leaves_nothing(taxed: bool) -> None:
    room, actor = an_open_room(), a_guest()
    if taxed:
        a_tax(room)
    a_coupon(room, amount=Money(5360, "EUR"))
    booking = a_hold(a_wish(room), actor=actor)
    used = actions.use_code(actor, booking.ref, "SPRING10", email="", now=NOW)
    assert used.amount == Money(5360, "EUR"), "what the coupon takes off is what stands on it"
    assert lines_add_up(booking)[-1] == ("waived", -40)
    assert (booking.total_minor, booking.due_now_minor) == (0, None)
    assert actions.check_out(actor, booking.ref, details(), gateway_name="sandbox", now=NOW) is None
    db.session.refresh(booking)
    assert (booking.state, asked_by_card()) == ("confirmed", [])


@pytest.mark.usefixtures("app")
def test_taking_the_coupon_off_again_brings_the_price_back() -> None:
    room, actor = an_open_room(), a_guest()
    a_coupon(room, amount=Money(5360, "EUR"))
    booking = a_hold(a_wish(room), actor=actor)
    actions.use_code(actor, booking.ref, "SPRING10", email="", now=NOW)
    actions.drop_code(actor, booking.ref, now=NOW)
    assert lines_add_up(booking) == [("hour", 5400)]


@pytest.mark.usefixtures("app")
def test_a_small_deposit_is_raised_and_a_small_rest_is_due_at_once() -> None:
    for facts, now_minor in (({"percent": 1, "amount_minor": None}, 54), ({"percent": 99, "amount_minor": None}, 5346)):
        room = an_open_room()
        a_deposit(room, **facts)
        assert a_hold(a_wish(room, start=at(30))).due_now.minor == now_minor
    small = an_open_room(rate_minor=100)
    a_deposit(small, percent=10, amount_minor=None)
    assert a_hold(a_wish(small, start=at(30))).due_now.minor == 50
    a_deposit(small, percent=90, amount_minor=None)
    assert a_hold(a_wish(small, start=at(40))).due_now_minor is None


@pytest.mark.usefixtures("app")
def test_a_move_that_costs_a_few_cents_more_costs_nothing() -> None:
    guest, room = a_guest(), an_open_room()
    dearer = a_room(room.venue, rate_minor=2720)
    booking = a_booking(a_wish(room), actor=guest)
    change = move(guest, booking.ref, to(dearer), now=NOW, key=f"k-{another()}")
    assert ("waived", -40) in lines_add_up(booking)
    assert (change.state, change.difference_minor, booking.total_minor) == ("done", 0, 5400)
    assert balance(booking.ref, "EUR").kept.minor == 5400


@pytest.mark.usefixtures("app")
def test_a_change_that_leaves_a_few_cents_open_leaves_nothing() -> None:
    room, guest = an_open_room(), a_guest()
    cheap_one, dearer = a_room(room.venue, rate_minor=200), a_room(room.venue, rate_minor=260)
    booking = a_deposit_booking(guest, start=at(21), room=room)
    # 16.20 of 54.00 are paid. At 4.00 and with the 12.50 that the terms keep, 30 cents would be open.
    change = move(guest, booking.ref, to(cheap_one, at(30)), now=NOW, key=f"k-{another()}")
    assert change.refunded_minor == 0
    assert ("waived", -30) in lines_add_up(booking)
    assert (booking.total_minor, rest_of(booking).minor) == (1620, 0)
    # Dearer again, it counts from what is paid.
    again = move(guest, booking.ref, to(dearer, at(30)), now=NOW, key=f"k-{another()}")
    assert (again.difference_minor, again.state) == (520 - 370, "pending")


@pytest.mark.usefixtures("app")
def test_a_part_that_leaves_a_few_cents_open_leaves_nothing() -> None:
    room, guest = an_open_room(), a_guest()
    addon = an_addon(room.venue, price_minor=5000)
    a_deposit(room, amount_minor=6620)
    booking = a_hold(a_wish(room, start=at(21), addons=((addon.id, 1),)), actor=guest)
    payments.ask_back(pay(booking, guest), now=NOW)
    # 66.20 of 104.00 are paid; without the extra, of which the terms keep 12.50, 30 cents would be open.
    cancel_part(guest, booking.ref, Part(addons=((addon.id, 1),)), now=NOW, key=f"k-{another()}")
    assert ("waived", -30) in lines_add_up(booking)
    assert (booking.total_minor, rest_of(booking).minor) == (6620, 0)


@pytest.mark.usefixtures("app")
def test_the_last_guard_before_a_provider() -> None:
    actor = somebody(wallet=20)
    booking = a_hold(actor=actor)
    facts = {
        "reference": booking.ref, "merchant_id": booking.merchant_id, "gateway_name": "sandbox",
        "description": "x", "payer_email": "x@example.org", "closes_at": NOW, "now": NOW,
    }  # fmt: skip
    with pytest.raises(TooLittleForCard):
        payments.begin(amount=Money(40, "EUR"), wallet_of=actor.user_id, **facts)
    assert payments.begin(amount=Money(20, "EUR"), wallet_of=actor.user_id, **facts) is None
    assert asked_by_card() == []


def test_pages_say_it_by_its_name(client: Client) -> None:
    room = an_open_room()
    dearer = a_room(room.venue, name="Eiche", rate_minor=2720)
    booking = a_booking(a_wish(room))
    times = {name: at(*when).strftime("%Y-%m-%dT%H:%MZ") for name, when in (("start", (15, 0)), ("end", (15, 2)))}
    with time_machine.travel(NOW, tick=False):
        assert client.get(urlsplit(manage_url(booking)).path).status_code == 303
        week = client.get(f"/bookings/{booking.ref}/move?room={dearer.slug}&week=2027-03-15").text
        asked = client.get(f"/bookings/{booking.ref}/move/to", query_string={"room": dearer.slug, **times}).text
    assert all("same price" in slot for slot in texts(week, ".move-week .slot"))
    assert "€0.40 are too little to charge" in asked
    tiny = a_booking_for_nothing()
    assert ("Too little to charge", "-€0.40") in summary_of(tiny).lines


def a_booking_for_nothing() -> Booking:
    """Two hours at 20 cents."""
    actor = a_guest()
    booking = a_hold(a_wish(an_open_room(rate_minor=20)), actor=actor)
    assert actions.check_out(actor, booking.ref, details(), gateway_name="sandbox", now=NOW) is None
    db.session.refresh(booking)
    assert (booking.state, booking.total_minor) == ("confirmed", 0)
    return booking
