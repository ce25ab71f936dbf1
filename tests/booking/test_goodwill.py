"""Giving money back out of goodwill: who may how much, once per act, with a reason that stays."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bookapp.audit.models import AuditEntry
from bookapp.booking import actions
from bookapp.booking.models import Booking
from bookapp.booking.policy import goodwill_left
from bookapp.booking.queries.destinations import Destinations
from bookapp.booking.rules import SeatWish
from bookapp.catalog.actions import grant_role
from bookapp.catalog.models import Merchant
from bookapp.identity.actor import SYSTEM, Actor
from bookapp.identity.models import User
from bookapp.infra.db import db
from bookapp.infra.idempotency import KeyReused
from bookapp.notifications.models import MessageRecord
from bookapp.payments.models import Refund
from bookapp.payments.queries import balance, wallet_balance
from bookapp.values.errors import NotAllowed, NotFound, NotValid
from bookapp.values.money import Money
from tests.builders import a_facilitator, a_service, a_session, a_user, actor_of
from tests.builders.booking import NOW, a_booking, at
from tests.builders.numbers import another
from tests.identity.people import a_person, come_in
from tests.support.client import Client
from tests.support.select import submit

pytestmark = pytest.mark.usefixtures("app")


def staff(booking: Booking, role: str, user: User | None = None) -> Actor:
    user = user or a_user(is_admin=role == "admin")
    if role != "admin":
        venue_id = booking.venue_id if role == "manager" else None
        grant_role(SYSTEM, user_id=user.id, merchant_id=booking.merchant_id, role=role, venue_id=venue_id)
    return actor_of(user)


def give(actor: Actor, booking: Booking, minor: int, *, key: str = "", to: str = "original") -> Destinations:
    return actions.give_goodwill(
        actor, booking.ref, Money(minor, "EUR"), reason="The heating was off.",
        key=key or f"goodwill-{another()}", now=NOW, to=to,
    )  # fmt: skip


def given(booking: Booking) -> list[int]:
    return list(db.session.scalars(select(Refund.amount_minor).order_by(Refund.id)))


def test_an_owner_gives_back_what_they_see_fit_and_again_but_never_more_than_was_paid() -> None:
    booking = a_booking()
    owner = staff(booking, "owner")
    give(owner, booking, 1000)
    give(owner, booking, 1000)
    assert given(booking) == [1000, 1000]
    with pytest.raises(NotValid):
        give(owner, booking, 3401)
    give(owner, booking, 3400)
    assert balance(booking.ref, "EUR").kept.minor == 0
    with pytest.raises(NotAllowed):
        give(owner, booking, 1)
    db.session.refresh(booking)
    assert booking.state == "confirmed"


def test_the_same_click_twice_gives_once() -> None:
    booking = a_booking()
    owner = staff(booking, "owner")
    first, second = give(owner, booking, 500, key="one-key-1"), give(owner, booking, 500, key="one-key-1")
    assert first == second
    assert given(booking) == [500]
    with pytest.raises(KeyReused):
        give(owner, booking, 600, key="one-key-1")


def test_a_manager_gives_up_to_the_merchants_limit_per_booking_however_it_is_cut() -> None:
    booking = a_booking()
    manager = staff(booking, "manager")
    assert goodwill_left(manager, booking).minor == 0
    with pytest.raises(NotAllowed):
        give(manager, booking, 1)
    db.session.get_one(Merchant, booking.merchant_id).goodwill_limit_minor = 1500
    db.session.commit()
    give(manager, booking, 1000)
    with pytest.raises(NotValid):
        give(manager, booking, 501)
    give(manager, booking, 500)
    assert goodwill_left(manager, booking).minor == 0


def test_who_hosts_it_sees_it_and_gives_nothing() -> None:
    host = a_user()
    service = a_service()
    person = a_facilitator(service.merchant)
    person.user_id = host.id
    db.session.commit()
    booking = a_booking(SeatWish(a_session(service, starts_at=at(), facilitator=person).id, 1))
    with pytest.raises(NotAllowed):
        give(actor_of(host), booking, 100)


@pytest.mark.parametrize("role", ["stranger", "owner", "manager", "facilitator"])
def test_for_everybody_else_the_booking_is_not_there(role: str) -> None:
    booking, elsewhere = a_booking(), a_booking()
    user = a_user()
    if role != "stranger":
        staff(elsewhere, role, user)
    with pytest.raises(NotFound):
        give(actor_of(user), booking, 100)


def test_it_is_told_and_written_down_with_its_reason() -> None:
    customer = a_user()
    booking = a_booking(actor=actor_of(customer), email=customer.email)
    owner = staff(booking, "admin")
    give(owner, booking, 700, to="wallet")
    assert wallet_balance(customer.id, "EUR").minor == 700
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "booking.goodwill")).one()
    assert (entry.actor, entry.reason, entry.facts) == (
        owner.label, "The heating was off.", {"amount_minor": 700, "to": "wallet", "override": True},
    )  # fmt: skip
    mail = db.session.scalars(
        select(MessageRecord).where(MessageRecord.kind == "booking.goodwill", MessageRecord.channel == "email")
    ).one()
    assert mail.recipient == customer.email
    assert "€7.00" in mail.subject
    assert "The heating was off." in mail.text
    assert "€7.00 goes into your wallet, at once." in mail.text


def test_a_guests_comes_back_the_way_it_was_paid() -> None:
    booking = a_booking()
    goes = give(staff(booking, "owner"), booking, 700, to="wallet")
    assert (goes.wallet.minor, goes.original.minor) == (0, 700)


def test_what_was_given_counts_when_the_booking_is_cancelled_later() -> None:
    booking = a_booking()
    give(staff(booking, "owner"), booking, 1000)
    customer = a_user(email="miriam@example.org")
    actions.adopt_guest_bookings(customer.id, customer.email)
    _, outcome = actions.cancel(actor_of(customer), booking.ref, now=NOW)
    assert outcome.refund.minor == 4050 - 1000
    assert balance(booking.ref, "EUR").refunded.minor == 4050


def test_the_page_at_the_desk(client: Client) -> None:
    booking, elsewhere = a_booking(), a_booking()
    user = a_person()
    staff(booking, "owner", user)
    come_in(client, user)
    assert client.get(f"/desk/bookings/{elsewhere.ref}").status_code == 404
    page = client.get(f"/desk/bookings/{booking.ref}")
    assert page.status_code == 200
    assert "At most €54.00." in page.text
    form = f'form[action="/desk/bookings/{booking.ref}/goodwill"]'
    wrong = submit(client, f"/desk/bookings/{booking.ref}", form, amount="60", reason="Sorry")
    assert wrong.status_code == 422
    assert "more than you can give back" in wrong.text
    assert 'value="60"' in wrong.text
    assert submit(client, f"/desk/bookings/{booking.ref}", form, amount="much", reason="").status_code == 422
    done = submit(client, f"/desk/bookings/{booking.ref}", form, amount="12.50", reason="The heating was off.")
    assert done.status_code == 303
    shown = client.get(f"/desk/bookings/{booking.ref}").text
    assert "−€12.50" in shown
    assert "The heating was off." in shown
    assert client.post(f"/desk/bookings/{elsewhere.ref}/goodwill", data={"amount": "1"}).status_code == 404
