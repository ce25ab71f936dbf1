"""What the house does for somebody: walk-ins, bookings for clients, money at the counter; and nothing left hanging."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bookapp.audit.models import AuditEntry
from bookapp.booking import actions
from bookapp.booking.errors import (
    AlreadyOnRoster,
    NotBookable,
    NothingOpen,
    SessionFull,
    SessionOver,
    SlotTaken,
)
from bookapp.booking.models import Booking, Participant
from bookapp.booking.queries.resting import rest_of
from bookapp.booking.rules import AppointmentWish, SeatWish
from bookapp.catalog.models import Facilitator
from bookapp.identity.actor import Actor
from bookapp.infra.db import db
from bookapp.infra.idempotency import KeyReused
from bookapp.notifications.models import MessageRecord
from bookapp.operations.queries import differences
from bookapp.payments.actions.cases import close_case
from bookapp.payments.models import MoneyCase, Payment
from bookapp.payments.queries import balance
from bookapp.scheduling.models import Session
from bookapp.values.errors import NotFound, NotValid
from bookapp.values.money import Money
from tests.builders import a_service, a_session, a_user, actor_of
from tests.builders.booking import NOW, a_booking, a_guest, a_wish, an_open_room, at, seats_taken
from tests.builders.numbers import another
from tests.builders.scheduling import works
from tests.builders.staff import a_host, a_manager_of, an_owner_of

pytestmark = pytest.mark.usefixtures("app")


def a_class(*, price: int = 1800, seats: int = 3) -> tuple[Facilitator, Actor, Session]:
    person, host = a_host()
    service = a_service(person.merchant, lengths=((60, price),), hosts=[person], capacity=seats)
    return person, host, a_session(service, facilitator=person, starts_at=at())


def let_in(actor: Actor, session: Session, *, hours: float = 0, name: str = "Ravi Menon", email: str = "",
           key: str = "") -> Booking:  # fmt: skip
    now = at(hours=hours)
    return actions.walk_in(actor, session.id, name=name, email=email, now=now, key=key or f"walk-{another()}")


def cases() -> list[tuple[str, bool]]:
    return [(case.subject, case.closed_at is not None) for case in db.session.scalars(select(MoneyCase))]


def mails(kind: str) -> int:
    return len(db.session.scalars(select(MessageRecord.id).where(MessageRecord.kind == kind)).all())


class TestWalkingIn:
    def test_a_walk_in_has_a_seat_is_there_and_owes_the_price_at_the_venue(self) -> None:
        _, host, session = a_class()
        booking = let_in(host, session, hours=0.5)
        assert (booking.state, booking.due_now.minor, booking.rest_due_at) == ("confirmed", 0, session.starts_at)
        assert (booking.due_at_venue, rest_of(booking)) == (True, Money(1800, "EUR"))
        assert seats_taken(session) == 1
        people = db.session.scalars(select(Participant).where(Participant.booking_id == booking.id)).all()
        assert [(one.name, one.role, one.attendance) for one in people] == [("Ravi Menon", "organiser", "arrived")]
        assert differences() == []

    def test_never_more_than_there_are_seats(self) -> None:
        _, host, session = a_class(seats=1)
        let_in(host, session)
        with pytest.raises(SessionFull):
            let_in(host, session)
        assert seats_taken(session) == 1

    def test_the_same_click_twice_is_one_person_and_other_words_are_refused(self) -> None:
        _, host, session = a_class()
        first = let_in(host, session, key="k")
        assert let_in(host, session, key="k").ref == first.ref
        assert seats_taken(session) == 1
        with pytest.raises(KeyReused):
            let_in(host, session, key="k", name="Somebody Else")

    def test_what_is_free_owes_nothing(self) -> None:
        _, host, session = a_class(price=0)
        booking = let_in(host, session)
        assert (booking.state, booking.rest_due_at, booking.due_at_venue) == ("confirmed", None, False)

    def test_when_it_is_over_nobody_comes_in(self) -> None:
        _, host, session = a_class()
        with pytest.raises(NotBookable):
            let_in(host, session, hours=1)
        session.state = "cancelled"
        db.session.commit()
        with pytest.raises(SessionOver):
            let_in(host, session)

    def test_a_guest_cannot_book_what_has_begun(self) -> None:
        _, _, session = a_class()
        with pytest.raises(SessionOver):
            actions.hold(a_guest(), SeatWish(session.id), now=at(hours=0.1), key="late")

    def test_who_is_on_the_roster_is_checked_in_instead(self) -> None:
        _, host, session = a_class()
        a_booking(SeatWish(session.id), email="tom@example.org")
        with pytest.raises(AlreadyOnRoster):
            let_in(host, session, email=" Tom@example.org ")
        assert seats_taken(session) == 1

    @pytest.mark.parametrize(
        ("name", "email", "field"),
        [("  ", "", "name"), ("x" * 121, "", "name"), ("Ravi", "not an address", "email")],
    )
    def test_a_name_is_needed_and_an_email_is_one(self, name: str, email: str, field: str) -> None:
        _, host, session = a_class()
        with pytest.raises(NotValid) as refused:
            let_in(host, session, name=name, email=email)
        assert set(refused.value.fields) == {field}
        assert seats_taken(session) == 0

    def test_another_host_a_customer_and_a_manager_elsewhere_find_nothing(self) -> None:
        _, _, session = a_class()
        _, other = a_host()
        elsewhere = a_manager_of(a_host()[0].merchant)
        for actor in (other, elsewhere, actor_of(a_user()), a_guest()):
            with pytest.raises(NotFound):
                let_in(actor, session)
        assert seats_taken(session) == 0


class TestBookingForClients:
    def a_talk(self) -> tuple[Facilitator, Actor, AppointmentWish]:
        person, host = a_host()
        works(person)
        service = a_service(
            person.merchant, kind="appointment", lengths=((60, 7000),), hosts=[person], online=True, notice_minutes=600
        )
        return person, host, AppointmentWish(service.id, person.id, at(hours=2), 60)

    def book(self, actor: Actor, wish: AppointmentWish, **facts: object) -> Booking:
        given = {"name": "Hannah Lind", "email": "hannah@example.org", "customer_id": None, "key": f"k-{another()}",
                 "now": at(hours=1)} | facts  # fmt: skip
        return actions.book_for_client(actor, wish, **given)  # type: ignore[arg-type]

    def test_notice_does_not_count_and_what_is_taken_does(self) -> None:
        person, host, wish = self.a_talk()
        booking = self.book(host, wish)
        assert (booking.state, booking.facilitator_id, booking.email) == ("confirmed", person.id, "hannah@example.org")
        assert mails("booking.confirmed") == 1
        with pytest.raises(SlotTaken):
            self.book(host, wish, email="other@example.org")
        assert differences() == []

    def test_an_account_that_has_proven_the_address_gets_it(self) -> None:
        _, host, wish = self.a_talk()
        user = a_user(email="hannah@example.org")
        booking = self.book(host, wish)
        assert booking.customer_id == user.id

    def test_an_unproven_address_gets_nothing(self) -> None:
        _, host, wish = self.a_talk()
        a_user(email="hannah@example.org", verified=False)
        assert self.book(host, wish).customer_id is None

    def test_by_account_only_who_was_there_before(self) -> None:
        person, host, wish = self.a_talk()
        merchant, user = person.merchant, a_user(name="Hannah Lind")
        for actor in (host, an_owner_of(merchant), actor_of(a_user(is_admin=True))):
            with pytest.raises(NotFound):
                self.book(actor, wish, customer_id=user.id, reason="By telephone")
        session = a_session(a_service(merchant, lengths=((60, 1000),)), facilitator=person, starts_at=at(3))
        a_booking(SeatWish(session.id), actor=actor_of(user), email=user.email)
        booking = self.book(host, wish, customer_id=user.id, name="ignored", email="ignored@example.org")
        assert (booking.customer_id, booking.name, booking.email) == (user.id, "Hannah Lind", user.email)

    def test_a_client_of_the_house_is_not_yet_one_of_the_host(self) -> None:
        person, host, wish = self.a_talk()
        merchant, user = person.merchant, a_user()
        session = a_session(a_service(merchant, lengths=((60, 1000),)), starts_at=at(3))
        a_booking(SeatWish(session.id), actor=actor_of(user), email=user.email)
        with pytest.raises(NotFound):
            self.book(host, wish, customer_id=user.id)
        assert self.book(an_owner_of(merchant), wish, customer_id=user.id).customer_id == user.id

    def test_a_room_is_hired_out_by_the_manager_and_not_by_a_host(self) -> None:
        room = an_open_room()
        venue, merchant = room.venue, room.venue.merchant
        _, host = a_host(merchant)
        wish = a_wish(room)
        with pytest.raises(NotFound):
            actions.book_for_client(host, wish, name="A B", email="", customer_id=None, now=NOW, key="r1")
        manager = a_manager_of(merchant, venue)
        booking = actions.book_for_client(manager, wish, name="A B", email="", customer_id=None, now=NOW, key="r1")
        assert (booking.kind, booking.total.minor, rest_of(booking).minor) == ("room", 5400, 5400)

    def test_an_admin_who_is_not_of_the_house_says_why_and_it_is_marked(self) -> None:
        person, _, wish = self.a_talk()
        session = a_session(a_service(person.merchant, lengths=((60, 1800),)), facilitator=person, starts_at=at(30))
        admin = actor_of(a_user(is_admin=True))
        for reason in ("", "  "):
            with pytest.raises(NotValid) as refused:
                self.book(admin, wish, reason=reason)
            assert set(refused.value.fields) == {"reason"}
        booking = self.book(admin, wish, reason="The house is ill")
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "booking.made_for")).one()
        assert (entry.subject, entry.facts["override"], entry.reason) == (
            f"booking:{booking.ref}",
            True,
            "The house is ill",
        )
        with pytest.raises(NotValid):
            let_in(admin, session)


class TestMoneyAtTheCounter:
    def test_taking_it_settles_the_booking_once_and_the_books_agree(self) -> None:
        _, host, session = a_class()
        booking = let_in(host, session, email="ravi@example.org")
        first = actions.take_payment_at_venue(host, booking.ref, now=at(), key="till")
        assert actions.take_payment_at_venue(host, booking.ref, now=at(), key="till").id == first.id
        assert (first.gateway, first.amount) == ("venue", Money(1800, "EUR"))
        assert (rest_of(booking).minor, balance(booking.ref, "EUR").kept.minor) == (0, 1800)
        with pytest.raises(NothingOpen):
            actions.take_payment_at_venue(host, booking.ref, now=at(), key="till-2")
        assert mails("booking.rest_paid") == 1
        assert differences() == []

    def test_an_open_payment_page_is_closed(self) -> None:
        _, host, session = a_class()
        user = a_user(email="ravi@example.org")
        booking = let_in(host, session, email=user.email)
        page = actions.begin_rest(actor_of(user), booking.ref, gateway_name="sandbox", now=at())
        assert page is not None
        actions.take_payment_at_venue(host, booking.ref, now=at(hours=0.2), key="till")
        assert db.session.get_one(Payment, page.id, populate_existing=True).closes_at == at(hours=0.2)

    def test_who_does_not_serve_it_finds_nothing(self) -> None:
        _, host, session = a_class()
        booking = let_in(host, session)
        for actor in (a_host()[1], actor_of(a_user())):
            with pytest.raises(NotFound):
                actions.take_payment_at_venue(actor, booking.ref, now=at(), key="till")

    def test_nobody_is_written_to_about_money_they_bring_along(self) -> None:
        person, host, _ = a_class()
        session = a_session(a_service(person.merchant, lengths=((60, 1800),)), facilitator=person, starts_at=at(30))
        booking = actions.book_for_client(
            host, SeatWish(session.id), name="A", email="a@example.org", customer_id=None, now=NOW, key="k"
        )
        for days in (23, 27, 29, 30, 30.5):
            assert actions.promise_reminders(now=at(days)) == 0
            actions.remind_rest(booking.id, now=at(days))
        assert mails("booking.rest_reminder") + mails("booking.rest_overdue") == 0
        assert cases() == []

    def test_what_nobody_took_goes_before_a_person_when_it_is_over(self) -> None:
        _, host, session = a_class()
        paid, unpaid = let_in(host, session), let_in(host, session)
        actions.take_payment_at_venue(host, paid.ref, now=at(), key="till")
        actions.complete_past(now=at(hours=1))
        assert cases() == [(f"booking:{unpaid.ref}", False)]
        actions.take_payment_at_venue(host, unpaid.ref, now=at(hours=2), key="till-2")
        assert cases() == [(f"booking:{unpaid.ref}", True)]
        assert differences() == []

    def test_a_case_that_was_decided_does_not_come_again(self) -> None:
        _, host, session = a_class()
        booking = let_in(host, session)
        actions.complete_past(now=at(hours=1))
        close_case("rest_unpaid", f"booking:{booking.ref}", now=at(hours=1))
        actions.remind_rest(booking.id, now=at(8))
        assert cases() == [(f"booking:{booking.ref}", True)]
