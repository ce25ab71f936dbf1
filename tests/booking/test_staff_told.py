"""Those who serve a booking hear of it once, by bell and by mail, whoever else may be at it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bookapp.booking import actions
from bookapp.booking.models import Booking
from bookapp.booking.rules import NewTime, SeatWish
from bookapp.catalog.actions import grant_role
from bookapp.catalog.models import Facilitator, Merchant
from bookapp.identity.actor import SYSTEM
from bookapp.identity.models import User
from bookapp.infra.db import db
from bookapp.notifications.actions import choose_mail
from bookapp.notifications.models import MessageRecord
from bookapp.scheduling.models import Session
from bookapp.scheduling.rules import SessionChanges
from tests.builders import a_facilitator, a_room, a_service, a_session, a_user, a_venue, actor_of
from tests.builders.booking import NOW, a_booking, a_guest, a_hold, a_wish, always_open, an_open_room, at
from tests.support.client import Client
from tests.support.jobs import promised, work_off
from tests.support.select import one, texts
from tests.support.staff import sign_in

pytestmark = pytest.mark.usefixtures("app")


def member(merchant_id: int, role: str, *, venue_id: int | None = None, **facts: object) -> User:
    user = a_user(**facts)
    grant_role(SYSTEM, user_id=user.id, merchant_id=merchant_id, role=role, venue_id=venue_id)
    return user


def told() -> list[tuple[str, str, str]]:
    """(kind, recipient, channel) of what staff were told, as they were told it."""
    work_off("booking.tell_staff")
    rows = db.session.execute(
        select(MessageRecord.kind, MessageRecord.recipient, MessageRecord.channel)
        .where(MessageRecord.kind.startswith("staff."))
        .order_by(MessageRecord.id)
    )
    return [(kind, recipient, channel) for kind, recipient, channel in rows]


def both(kind: str, *people: User) -> list[tuple[str, str, str]]:
    return [
        (f"staff.{kind}", *each)
        for user in sorted(people, key=lambda one: one.id)
        for each in ((f"user:{user.id}", "in_app"), (user.email, "email"))
    ]


def mails() -> list[MessageRecord]:
    work_off("booking.tell_staff")
    return list(
        db.session.scalars(
            select(MessageRecord)
            .where(MessageRecord.kind.startswith("staff."), MessageRecord.channel == "email")
            .order_by(MessageRecord.id)
        )
    )


def hosted(user: User | None = None) -> tuple[Facilitator, list[Session]]:
    """Somebody with an account who hosts two sessions."""
    person = a_facilitator(name="Priya Sharma")
    person.user_id = user.id if user else a_user().id
    service = a_service(person.merchant, name="Morning flow", hosts=[person])
    return person, [a_session(service, starts_at=at(days), facilitator=person) for days in (7, 8)]


def house_of(person: Facilitator) -> Merchant:
    return db.session.get_one(Merchant, person.merchant_id)


def test_owners_the_venues_managers_and_the_host_and_nobody_else() -> None:
    room = an_open_room()
    house, here = room.venue.merchant_id, room.venue_id
    elsewhere = a_venue(room.venue.merchant)
    owner, manager, everywhere = (
        member(house, "owner"), member(house, "manager", venue_id=here), member(house, "manager"),
    )  # fmt: skip
    member(house, "manager", venue_id=elsewhere.id)
    member(house, "facilitator")
    member(house, "owner", disabled_at=NOW)
    member(a_venue().merchant_id, "owner")
    a_user(is_admin=True)
    a_booking(a_wish(room))
    assert told() == both("booked", owner, manager, everywhere)


def test_who_hosts_it_is_told_and_after_a_move_also_who_did() -> None:
    was, now = a_facilitator(), a_facilitator()
    users = [a_user(), a_user()]
    was.user_id, now.user_id = (one.id for one in users)
    service = a_service(house_of(was), hosts=[was])
    here, there = (a_session(service, starts_at=at(days), facilitator=was) for days in (7, 8))
    there.facilitator_id = now.id
    db.session.commit()
    booking = a_booking(SeatWish(here.id, 1))
    assert told() == both("booked", users[0])
    owner = actor_of(member(booking.merchant_id, "owner"))
    actions.move(owner, booking.ref, NewTime(session_id=there.id), now=NOW, key="to-another-1")
    assert told()[2:] == both("moved", *users)


def test_who_did_it_is_not_written_to_and_the_others_are() -> None:
    room = an_open_room()
    did, other = member(room.venue.merchant_id, "owner"), member(room.venue.merchant_id, "owner")
    actions.book_for_client(
        actor_of(did), a_wish(room), name="Tom", email="", customer_id=None, now=NOW, key="by-phone-1"
    )  # fmt: skip
    assert told() == both("booked", other)
    ref = db.session.scalars(select(Booking.ref)).one()
    actions.cancel_for_customer(actor_of(other), ref, now=NOW, reason="The roof leaks")
    assert told()[2:] == both("cancelled", did)


def test_the_job_run_again_says_nothing_more_and_a_hold_that_ends_is_no_news() -> None:
    room = an_open_room()
    member(room.venue.merchant_id, "owner")
    guest = a_guest()
    held = a_hold(a_wish(room, start=at(9)), actor=guest)
    actions.let_go(guest, held.ref, now=NOW)
    assert told() == []
    booking = a_booking(a_wish(room))
    once = told()
    assert len(once) == 2
    [(booking_id, what, change_id, by)] = promised("booking.tell_staff")
    assert (booking_id, what, by) == (booking.id, "booked", None)
    assert actions.tell_staff(booking.id, what, change_id, by) == 1
    assert told() == once


def test_what_was_booked_long_ago_is_no_news() -> None:
    room = an_open_room()
    member(room.venue.merchant_id, "owner")
    long_ago = NOW.replace(year=2024)
    a_booking(a_wish(room, start=long_ago.replace(month=5)), now=long_ago)
    assert promised("booking.tell_staff") == []


def test_the_words_say_who_when_and_what_is_still_open() -> None:
    person, (session, later) = hosted()
    guest = a_guest()
    booking = a_booking(SeatWish(session.id, 2), actor=guest)
    [mail] = mails()
    assert "Booked: Morning flow" in mail.subject
    for words in (
        "Miriam Okafor has booked Morning flow.",
        "2 seats",
        "miriam@example.org",
        f"/desk/bookings/{booking.ref}",
    ):
        assert words in mail.text, words
    assert mail.reply_to == "miriam@example.org"
    actions.move(guest, booking.ref, NewTime(session_id=later.id), now=NOW, key="later-please-1")
    assert "Before: Morning flow, Monday 8 March 2027" in mails()[1].text
    actions.cancel(guest, booking.ref, now=NOW)
    assert "Miriam Okafor has cancelled." in mails()[2].text
    assert person.user_id


def test_a_booking_made_at_the_desk_says_what_is_to_be_paid_and_a_cancelled_one_why() -> None:
    room = an_open_room()
    house = room.venue.merchant_id
    did = member(house, "owner")
    member(house, "manager")
    actions.book_for_client(
        actor_of(did), a_wish(room), name="Tom", email="", customer_id=None, now=NOW, key="by-phone-2"
    )  # fmt: skip
    [mail] = mails()
    assert "€54.00 still to be paid" in mail.text
    actions.cancel_for_customer(
        actor_of(did), db.session.scalars(select(Booking.ref)).one(), now=NOW, reason="The roof leaks"
    )
    assert "The house has cancelled the booking of Tom." in mails()[1].html


def test_a_whole_session_is_told_once_however_many_have_booked() -> None:
    person, (session, _other) = hosted()
    owner = member(session.merchant_id, "owner")
    for _ in range(3):
        a_booking(SeatWish(session.id, 1), email=f"guest{_}@example.org")
    before = len(told())
    room = a_room(always_open(a_venue(house_of(person))))
    actions.change_session(
        SYSTEM, session.id, SessionChanges(room_id=room.id), version=session.version, now=NOW, reason="A bigger room"
    )  # fmt: skip
    work_off("booking.tell_of_session")
    host = db.session.get_one(User, person.user_id or 0)
    assert told()[before:] == both("session_moved", host, owner)
    assert "A bigger room" in mails()[-1].text
    actions.call_off_session(SYSTEM, session.id, now=NOW, key="call-off-1", reason="Ill")
    work_off("booking.call_off_one")
    assert told()[before + 4 :] == both("session_cancelled", host, owner)
    assert "Everybody who had booked is told and paid back" in mails()[-1].text


def test_who_wants_no_mails_has_the_bell(client: Client) -> None:
    room = an_open_room()
    user = sign_in(client, merchant_id=room.venue.merchant_id)
    assert "You also get a mail" in client.get("/notifications").text
    assert client.post("/notifications/mail", data={"bookings": "off"}).status_code == 303
    assert "You get no mails" in client.get("/notifications").text
    booking = a_booking(a_wish(room))
    assert told() == both("booked", user)[:1]
    shown = client.get("/notifications").text
    assert one(shown, f"#notices a[href='/desk/bookings/{booking.ref}']").text.startswith("Booked: ")
    client.post("/notifications/mail", data={"bookings": "on"})
    a_booking(a_wish(room, start=at(9)))
    assert told()[1:] == both("booked", user)


def test_a_customer_is_asked_nothing_about_mails_of_the_house(client: Client) -> None:
    sign_in(client)
    assert not texts(client.get("/notifications").text, "form[action='/notifications/mail']")
    choose_mail(a_user().id, bookings=False)
