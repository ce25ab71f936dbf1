"""Whose a booking is: guests who sign in, addresses that were proven, people who only come along."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import select

from bookapp.booking import actions
from bookapp.booking.models import Participant
from bookapp.booking.queries import by_ref
from bookapp.booking.rules import SeatWish
from bookapp.identity.actor import Actor
from bookapp.infra.db import db
from bookapp.payments import actions as payments
from bookapp.values.errors import NotAllowed, NotFound, NotValid
from tests.builders import a_session, a_user, actor_of
from tests.builders.booking import NOW, a_booking, a_guest, a_hold, at, details, pay

pytestmark = pytest.mark.usefixtures("app")


def with_browser_of(guest: Actor, account: Actor) -> Actor:
    """Who holds as a guest, after signing in: the browser is the same."""
    return replace(account, visitor=guest.visitor)


def test_signing_in_during_a_hold_takes_it_along_into_the_account() -> None:
    guest, account = a_guest(), actor_of(a_user())
    held = a_hold(actor=guest)
    actions.give_details(with_browser_of(guest, account), held.ref, details(), now=NOW)
    elsewhere = replace(account, visitor="another-browser")
    assert by_ref(held.ref, visible_to_actor=elsewhere).customer_id == account.user_id
    with pytest.raises(NotFound):
        by_ref(held.ref, visible_to_actor=guest)


def test_a_hold_of_an_account_is_not_left_to_the_browser_after_signing_out() -> None:
    guest, account = a_guest(), actor_of(a_user())
    held = a_hold(actor=with_browser_of(guest, account))
    with pytest.raises(NotFound):
        by_ref(held.ref, visible_to_actor=guest)


def test_what_was_confirmed_to_a_proven_address_is_its_owners() -> None:
    booking, pending = a_booking(email="miriam@example.org"), a_hold()
    owner = replace(actor_of(a_user(email="miriam@example.org")), email_verified=True)
    assert by_ref(booking.ref, visible_to_actor=owner).ref == booking.ref
    assert actions.cancel(owner, booking.ref, now=NOW)[0].state == "cancelled"
    for stranger in (replace(owner, email_verified=False, user_id=0), replace(owner, email="x@example.org")):
        with pytest.raises(NotFound):
            by_ref(booking.ref, visible_to_actor=stranger)
    with pytest.raises(NotFound):
        by_ref(pending.ref, visible_to_actor=owner)


def test_who_comes_along_sees_it_in_their_account_once_it_is_confirmed_and_changes_nothing() -> None:
    friend, unproven = a_user(email="friend@example.org"), a_user(email="unproven@example.org")
    friend.email_verified_at, unproven.email_verified_at = NOW, None
    session, guest = a_session(starts_at=at(), capacity=5), a_guest()
    held = a_hold(SeatWish(session.id, 2), actor=guest)
    payment_id = pay(held, guest)
    companions = [("Friend", "friend@example.org"), ("Unproven", "unproven@example.org")]
    actions.give_details(guest, held.ref, details(companions=companions), now=NOW)
    with pytest.raises(NotFound):
        by_ref(held.ref, visible_to_actor=actor_of(friend))
    payments.ask_back(payment_id, now=NOW)
    assert by_ref(held.ref, visible_to_actor=actor_of(friend)).state == "confirmed"
    with pytest.raises(NotFound):
        by_ref(held.ref, visible_to_actor=replace(actor_of(unproven), email_verified=False))
    for verb in (
        lambda: actions.cancel(actor_of(friend), held.ref, now=NOW),
        lambda: actions.let_go(actor_of(friend), held.ref, now=NOW),
        lambda: actions.extend(actor_of(friend), held.ref, now=NOW),
        lambda: actions.revoke_links(actor_of(friend), held.ref),
    ):
        with pytest.raises(NotAllowed):
            verb()


def test_no_more_people_are_named_than_there_are_seats() -> None:
    session, guest = a_session(starts_at=at(), capacity=5), a_guest()
    held = a_hold(SeatWish(session.id, 2), actor=guest)
    three = [(f"Person {number}", "") for number in range(3)]
    with pytest.raises(NotValid) as refusal:
        actions.give_details(guest, held.ref, details(companions=three), now=NOW)
    assert list(refusal.value.fields) == ["companions"]
    actions.give_details(guest, held.ref, details(companions=three[:2]), now=NOW)
    assert len(db.session.scalars(select(Participant.id).where(Participant.booking_id == held.id)).all()) == 3


def test_a_lapsed_hold_does_not_count_as_a_place_one_has() -> None:
    session, customer = a_session(starts_at=at(), capacity=5), actor_of(a_user())
    a_hold(SeatWish(session.id), actor=customer)
    assert a_hold(SeatWish(session.id), actor=customer, now=NOW + dt.timedelta(minutes=15)).state == "pending"
