"""What is said about money: once, in words, and to the cent what is done."""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlsplit

import pytest
import time_machine
from sqlalchemy import select

from bookapp.booking import actions, messages
from bookapp.booking.actions.moving import move
from bookapp.booking.models import Booking
from bookapp.booking.queries import manage_url
from bookapp.booking.rules import NewTime
from bookapp.catalog.actions import ensure_terms_presets
from bookapp.identity.actor import Actor
from bookapp.infra.db import db
from bookapp.notifications.models import MessageRecord
from bookapp.payments import actions as payments
from bookapp.payments.actions.disputes import heed_dispute
from bookapp.payments.actions.refunding import note_refund
from bookapp.payments.gateways.base import DisputeAnswer
from bookapp.payments.models import Payment, Refund
from bookapp.payments.queries import papers_of
from bookapp.values.money import Money
from tests.booking.paid import somebody
from tests.booking.test_invoicing import bring_up_to_date
from tests.builders.booking import NOW, a_booking, a_hold, a_wish, an_open_room, at, details
from tests.builders.numbers import another
from tests.support.client import Client
from tests.support.jobs import work_off
from tests.support.select import one, texts
from tests.support.staff import sign_in

HOUR = dt.timedelta(hours=1)


def mails(kind: str = "") -> list[MessageRecord]:
    wanted = select(MessageRecord).where(MessageRecord.channel == "email").order_by(MessageRecord.id)
    return [one for one in db.session.scalars(wanted) if one.kind.startswith(kind)]


def kinds() -> list[str]:
    return [mail.kind.removeprefix("booking.") for mail in mails()]


def paid_by_wallet(minor: int = 5400) -> tuple[Booking, Actor]:
    actor = somebody(wallet=minor)
    booking = a_hold(actor=actor)
    assert actions.check_out(actor, booking.ref, details(), gateway_name="sandbox", now=NOW, wallet=True) is None
    db.session.refresh(booking)
    return booking, actor


@pytest.mark.usefixtures("app")
def test_cancelling_what_a_wallet_paid_is_one_mail_that_says_both() -> None:
    booking, actor = paid_by_wallet()
    actions.cancel(actor, booking.ref, now=NOW)
    work_off("payments.send_refund")
    assert kinds() == ["confirmed", "cancelled"]
    assert "€40.50 goes back into your wallet, at once." in mails()[-1].text


@pytest.mark.usefixtures("app")
def test_of_a_mixed_payment_only_the_card_has_a_second_mail() -> None:
    booking = a_booking(actor=(actor := somebody()))
    actions.cancel(actor, booking.ref, now=NOW)
    work_off("payments.send_refund")
    assert kinds() == ["confirmed", "cancelled", "refunded"]
    assert "With a card it takes 5 to 10 days" in mails()[-1].text


@pytest.mark.usefixtures("app")
def test_a_cheaper_time_says_what_of_it_is_in_the_wallet() -> None:
    booking, actor = paid_by_wallet()
    new = NewTime(start=at(9), end=at(9) + HOUR)
    move(actor, booking.ref, new, now=NOW, key=f"k-{another()}")
    assert kinds() == ["confirmed", "moved"]
    assert "€20.25 of it is in your wallet already." in mails()[-1].text


@pytest.mark.usefixtures("app")
def test_what_waited_for_a_dispute_or_came_instead_of_a_card_is_told_when_it_is_there() -> None:
    booking, actor = paid_by_wallet()
    payment = db.session.scalars(select(Payment)).one()
    answer = DisputeAnswer("dp_1", "x", "open", Money(5400, "EUR"), "")
    heed_dispute(payment.id, answer, now=NOW)
    actions.cancel(actor, booking.ref, now=NOW)
    heed_dispute(payment.id, DisputeAnswer("dp_1", "x", "won", Money(5400, "EUR"), ""), now=NOW)
    work_off("payments.send_refund")
    assert kinds()[-1] == "refunded"
    assert mails()[-1].subject == "€40.50 is back in your wallet"
    assert "€40.50 is in your wallet now." in mails()[-1].text

    card = a_booking(actor=actor)
    actions.cancel(actor, card.ref, now=NOW)
    refund = db.session.scalars(select(Refund).order_by(Refund.id.desc())).first()
    assert refund is not None
    note_refund(refund.id, "failed", now=NOW)
    payments.refund(refund.payment_id, refund.amount, cause=f"instead:{refund.id}", now=NOW,
                    destination="wallet", user_id=actor.user_id)  # fmt: skip
    assert kinds()[-2:] == ["cancelled", "refunded"]


def test_the_desk_reads_words_and_not_our_names(client: Client) -> None:
    booking = a_booking(actor=(actor := somebody()))
    sign_in(client, merchant_id=booking.merchant_id)
    actions.cancel(actor, booking.ref, now=NOW)
    page = client.get(f"/desk/bookings/{booking.ref}").text
    rows = texts(page, "table.table--dense tbody tr")
    assert "Sandbox" in rows[0]
    assert "Paid" in rows[0]
    assert "On its way" in rows[1]
    said = " ".join(rows)
    assert not any(word in said for word in ("sandbox", "succeeded", "initiated"))


@pytest.mark.parametrize(
    ("preset", "hours", "back", "then"),
    [
        ("Standard", 49, 4050, 4050), ("Standard", 48, 4050, 2700), ("Standard", 47, 2700, 2700),
        ("Standard", 24, 2700, 1350), ("Standard", 23, 1350, 1350),
        ("Flexible", 25, 5400, 5400), ("Flexible", 24, 5400, 2700), ("Flexible", 7, 2700, 2700),
        ("Flexible", 6, 2700, 0), ("Flexible", 5, 0, 0),
    ],
)  # fmt: skip
def test_the_page_promises_and_the_button_keeps_it(
    client: Client, preset: str, hours: int, back: int, then: int
) -> None:
    """So many hours before, and `then` a second later: on the page, in the booking, in the mail."""
    room = an_open_room()
    room.terms_id = ensure_terms_presets()[preset].id
    db.session.commit()
    booking = a_booking(a_wish(room, start=at(20)))
    path, cancellation = urlsplit(manage_url(booking)).path, f"/bookings/{booking.ref}/cancellation"
    with time_machine.travel(NOW, tick=False):
        assert client.get(path).status_code == 303
    moment = booking.starts_at - hours * HOUR
    with time_machine.travel(moment + dt.timedelta(seconds=1), tick=False):
        assert client.get(path).status_code == 303
        assert _button(client, cancellation) == _cancels(then)
    with time_machine.travel(moment, tick=False):
        assert client.get(path).status_code == 303
        assert _button(client, cancellation) == _cancels(back)
        assert client.post(cancellation, data={}).status_code == 303
    db.session.refresh(booking)
    refunds = list(db.session.scalars(select(Refund.amount_minor)))
    assert (booking.state, refunds, booking.fee_minor) == ("cancelled", [back] if back else [], 5400 - back)
    assert (f"€{back / 100:.2f} goes back" in mails("booking.cancelled")[0].text) == bool(back)


def _button(client: Client, cancellation: str) -> str:
    return one(client.get(cancellation).text, f"form[action='{cancellation}'] button").text


def _cancels(minor: int) -> str:
    return f"Cancel booking, €{minor / 100:.2f} back".replace(".00", "") if minor else "Cancel booking"


def test_the_address_given_at_the_checkout_is_on_the_invoice(client: Client) -> None:
    room = an_open_room()
    with time_machine.travel(NOW, tick=False):
        fields = {
            "kind": "room", "room": room.slug, "date": "2027-03-22", "from": "09:00", "to": "11:00", "people": "2",
            "idempotency_key": f"key-{another():08}",
        }  # fmt: skip
        checkout = client.post("/hold", data=fields).location
        who = {"name": "Miriam Okafor", "email": "miriam@example.org", "gateway": "sandbox"}
        too_long = client.post(checkout, data=who | {"postal_address": "line\n" * 7})
        assert too_long.status_code == 422
        assert "up to 6 lines" in too_long.text
        assert one(too_long.text, "#postal_address").text.count("line") == 7, "what was typed stays"
        typed = "  Okafor &  Söhne\r\n\r\nTorstraße 1\r\n10119 Berlin"
        assert client.post(checkout, data=who | {"postal_address": typed}).status_code == 303
    held = db.session.scalars(select(Booking).where(Booking.state == "pending")).one()
    assert held.postal_address == "Okafor & Söhne\nTorstraße 1\n10119 Berlin"
    payment = db.session.scalars(select(Payment).where(Payment.reference == held.ref)).one()
    payments.settle(payment.id, now=NOW)
    bring_up_to_date(held)
    (paper,) = papers_of(held.ref)
    assert paper.facts["buyer"]["lines"] == ["Okafor & Söhne", "Torstraße 1", "10119 Berlin", "miriam@example.org"]


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    ("purpose", "state", "page"),
    [("booking", "pending", "/checkout/"), ("rest", "confirmed", "/rest"), ("change:1", "confirmed", "/bookings/")],
)
def test_where_to_pay_again_what_bounced(purpose: str, state: str, page: str) -> None:
    booking = a_booking(state=state)
    said = messages.payment_bounced(booking, Money(5400, "EUR"), payment_id=3, purpose=purpose)
    assert page in said.text
    assert page in said.html
    assert ("Your booking stands as it is" in said.text) == (state == "confirmed")
