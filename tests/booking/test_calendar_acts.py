"""What is done from a venue's calendar: a caller is booked in, moved, cancelled, and pays; whatever stands against it
is said in words, and nothing that was typed is lost."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from sqlalchemy import select as sql
from werkzeug.test import TestResponse

from bookapp.audit.models import AuditEntry
from bookapp.booking import actions
from bookapp.booking.models import Booking, BookingChange
from bookapp.booking.queries.resting import rest_of
from bookapp.booking.rules import AppointmentWish, NewTime, RoomWish, SeatWish
from bookapp.catalog.models import Merchant, Room, Venue
from bookapp.identity.actor import SYSTEM
from bookapp.infra.db import db
from bookapp.notifications.models import MessageRecord
from bookapp.operations.queries import differences
from bookapp.payments.queries import balance
from bookapp.pricing.actions import create_price_rule
from bookapp.pricing.states import RuleKind
from bookapp.values.money import Money
from bookapp.values.timespan import Span
from tests.builders import a_merchant, a_room, a_service, a_session, a_venue
from tests.builders.booking import NOW, a_booking, a_guest, a_hold, at
from tests.builders.catalog import an_addon
from tests.builders.numbers import another
from tests.builders.scheduling import opens, works
from tests.builders.staff import a_host
from tests.support.client import Client
from tests.support.select import form_values, one, select, texts
from tests.support.staff import sign_in

HOUR = dt.timedelta(hours=1)
DATE = at().date().isoformat()  # a Monday
NEW, FORM = "#new-booking", "main form[method=post]"


@pytest.fixture(autouse=True)
def _now(app):
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def house(client: Client) -> tuple[Venue, Room, Room]:
    """A venue in Berlin, open from 8 to 20, with two rooms at 27.00 an hour; its manager is at the browser."""
    venue = a_venue(a_merchant(name="Kastanienhof"), name="Kastanienhof Mitte")
    opens(venue)
    rooms = [a_room(venue, name=name, buffer_minutes=30, capacity=20) for name in ("Linden", "Ahorn")]
    sign_in(client, merchant_id=venue.merchant_id, role="manager", venue_id=venue.id)
    return venue, rooms[0], rooms[1]


def send(client: Client, page: str, form: str = FORM, **typed: str) -> TestResponse:
    """Fill in the form of a page that is open, and send it."""
    return client.post(one(page, form)["action"], data=form_values(page, form) | typed)


def as_admin(client: Client) -> None:
    client.post("/logout")
    sign_in(client, is_admin=True)


def new(client: Client, room: Room, start: str, **more: str) -> str:
    extra = "".join(f"&{name}={value}" for name, value in more.items())
    return client.get(f"/desk/calendar/new?room={room.id}&date={DATE}&from={start}{extra}").text


def only_booking() -> Booking:
    return db.session.scalars(sql(Booking).execution_options(populate_existing=True)).one()


def booked(room: Room, start: dt.datetime, hours: float = 2) -> Booking:
    wish = RoomWish(room.id, Span(start, start + hours * HOUR), 4)
    return actions.book_for_client(
        SYSTEM, wish, name="Ravi Menon", email="ravi@example.org", customer_id=None, now=NOW, key=f"b-{another()}"
    )


def paid(room: Room, start: dt.datetime, hours: float = 2) -> Booking:
    return a_booking(RoomWish(room.id, Span(start, start + hours * HOUR), 4))


def house_of(venue: Venue) -> Merchant:
    return db.session.get_one(Merchant, venue.merchant_id)


def why(action: str, ref: str) -> list[str | None]:
    rows = sql(AuditEntry.reason).where(AuditEntry.action == action, AuditEntry.subject == f"booking:{ref}")
    return list(db.session.scalars(rows))


def facts(action: str, ref: str) -> dict[str, object]:
    rows = sql(AuditEntry.facts).where(AuditEntry.action == action, AuditEntry.subject == f"booking:{ref}")
    return dict(db.session.scalars(rows).one())


def mails(kind: str) -> int:
    return len(db.session.scalars(sql(MessageRecord.id).where(MessageRecord.kind == kind)).all())


def move_page(client: Client, booking: Booking, room: Room | None, start: str, *, day: str = DATE, to: str = "") -> str:
    asked = f"date={day}&from={start}" + (f"&room={room.id}" if room else "") + (f"&to={to}" if to else "")
    return client.get(f"/desk/calendar/bookings/{booking.ref}/move?{asked}").text


class TestBookingACaller:
    def test_from_free_time_to_a_booking_that_is_due_at_the_venue(self, client: Client, house) -> None:
        venue, room, _ = house
        projector = an_addon(venue, name="Projector", price_minor=900)
        page = new(client, room, "10:00")
        values = form_values(page, NEW)
        assert (values["room"], values["from"], values["to"]) == (str(room.id), "10:00", "11:00")
        priced = send(client, page, NEW, **{f"addon-{projector.id}": "1", "to": "12:00", "act": "price"})
        assert "€63.00" in texts(priced.text, "dl.lines dd")
        assert not db.session.scalars(sql(Booking.id)).all()
        answer = send(client, priced.text, NEW, name="Tom Alder", phone="+49 30 1234567", people="8")
        assert answer.location == f"/desk/calendar?venue={venue.slug}&date={DATE}"
        made = only_booking()
        assert (made.state, made.name, made.phone, made.email) == ("confirmed", "Tom Alder", "+49 30 1234567", "")
        assert (made.people, made.total, rest_of(made)) == (8, Money(6300, "EUR"), Money(6300, "EUR"))
        assert (made.starts_at, made.ends_at) == (at(7, 1), at(7, 3))
        assert differences() == []

    def test_the_same_click_twice_is_one_booking(self, client: Client, house) -> None:
        page = new(client, house[1], "10:00")
        for _ in range(2):
            assert send(client, page, NEW, name="Tom", email="tom@example.org").status_code == 303
        assert only_booking().email == "tom@example.org"

    @pytest.mark.parametrize(
        ("typed", "wrong"),
        [
            ({"name": ""}, "Please give a name."),
            ({"phone": ""}, "Please give an email or a phone number: somebody must be reachable."),
            ({"phone": "call me"}, "Please give a phone number"),
            ({"email": "tom@"}, "This is not an email address."),
            ({"from": "noon"}, "Please give a time such as 14:00."),
            ({"to": ""}, "Please give a time such as 16:00."),
            ({"date": "soon"}, "Please give a date such as 2026-11-24."),
            ({"people": "0"}, "Please give a whole number"),
            ({"people": "21"}, "This room seats up to 20."),
            ({"room": ""}, "Please choose one of the rooms of this venue."),
        ],
    )
    def test_what_cannot_be_used_is_said_beside_it_and_the_rest_kept(
        self, client: Client, house, typed: dict[str, str], wrong: str
    ) -> None:
        given = {"name": "Tom Alder", "phone": "+49 30 1234567"} | typed
        answer = send(client, new(client, house[1], "10:00"), NEW, **given)
        assert answer.status_code == 422
        assert wrong in " ".join(texts(answer.text, ".error"))
        kept = form_values(answer.text, NEW)
        assert {name: kept[name] for name in given if given[name]} == {one: it for one, it in given.items() if it}
        assert not db.session.scalars(sql(Booking.id)).all()

    def test_hours_and_notice_are_overruled_with_a_reason_that_is_kept(self, client: Client, house) -> None:
        _, room, _ = house
        page = new(client, room, "21:00")
        assert "Closed from 20:00" in " ".join(texts(page, ".notice"))
        asked = send(client, page, NEW, name="Tom", phone="+49 30 1234567")
        assert asked.status_code == 422
        assert "Closed from 20:00. To book it all the same, please say why." in " ".join(texts(asked.text, ".error"))
        assert send(client, asked.text, NEW, reason="The choir has a key").status_code == 303
        ref = only_booking().ref
        assert (why("booking.made_for", ref), facts("booking.made_for", ref)["overrules"]) == (
            ["The choir has a key"], "closed"
        )  # fmt: skip

    def test_what_is_taken_is_never_overruled_and_the_nearest_yes_is_a_link(self, client: Client, house) -> None:
        venue, room, other = house
        booked(room, at(7, 1))
        seen = new(client, room, "10:00", to="12:00")
        assert "Booked until 12:00" in " ".join(texts(seen, "[role=alert]"))
        answer = send(client, seen, NEW, name="Tom", phone="+49 30 1234567", reason="He insists")
        assert answer.status_code == 409
        assert form_values(answer.text, NEW)["name"] == "Tom"
        links = select(answer.text, ".nearest a")
        assert "10:00–12:00 in Ahorn" in [link.text for link in links]
        assert all(f"venue={venue.slug}" in link["href"] for link in links)
        sister = next(link["href"] for link in links if "Ahorn" in link.text)
        assert form_values(client.get(sister).text, NEW)["room"] == str(other.id)

    def test_who_was_a_moment_faster_is_told_as_a_conflict(self, client: Client, house, monkeypatch) -> None:
        _, room, _ = house
        page = new(client, room, "10:00")
        booked(room, at(7, 1))
        monkeypatch.setattr("bookapp.booking.queries.calendar.why_not", lambda *_args, **_more: (None, None))
        answer = send(client, page, NEW, name="Tom", phone="+49 30 1234567")
        assert (answer.status_code, len(select(answer.text, ".nearest a"))) == (409, 3)

    def test_an_admin_says_why_and_a_room_of_another_venue_is_not_there(self, client: Client, house) -> None:
        venue, room, _ = house
        elsewhere = a_room()
        as_admin(client)
        page = new(client, room, "10:00")
        asked = send(client, page, NEW, name="Tom", phone="+49 30 1234567")
        assert (asked.status_code, "Please say why" in asked.text) == (422, True)
        odd = send(client, page, NEW, name="Tom", phone="+49 30 1234567", room=str(elsewhere.id), reason="Asked")
        assert "Please choose one of the rooms of this venue." in odd.text
        assert send(client, page, NEW, name="Tom", phone="+49 30 1234567", reason="Asked").status_code == 303
        assert client.get("/desk/calendar/new").status_code == 404
        assert client.get(f"/desk/calendar/new?room=99999&venue={venue.slug}").status_code == 200


class TestThePanel:
    def test_it_says_who_and_what_and_takes_the_money(self, client: Client, house) -> None:
        made = booked(house[1], at(7, 2))
        page = client.htmx(f"/desk/calendar/bookings/{made.ref}").text
        assert "<html" not in page
        assert "€54 paid here" in texts(page, "button")
        assert select(page, f"a[href='/desk/bookings/{made.ref}']")
        whole = client.get(f"/desk/calendar/bookings/{made.ref}").text
        for _ in range(2):
            assert send(client, whole).status_code == 303
        assert balance(made.ref, "EUR").kept == Money(5400, "EUR")
        after = client.get(f"/desk/calendar/bookings/{made.ref}").text
        assert not select(after, FORM)
        late = client.post(
            f"/desk/calendar/bookings/{made.ref}/payment",
            data=form_values(whole, FORM) | {"idempotency_key": f"another-{another()}"},
        )
        assert (late.status_code, "Nothing is open" in late.text) == (409, True)

    def test_an_admin_says_why_they_take_it(self, client: Client, house) -> None:
        made = booked(house[1], at(7, 2))
        as_admin(client)
        page = client.get(f"/desk/calendar/bookings/{made.ref}").text
        assert send(client, page).status_code == 422
        assert send(client, page, reason="The manager is ill").status_code == 303
        assert why("booking.taken_at_venue", made.ref) == ["The manager is ill"]

    def test_what_is_over_can_only_be_looked_at_and_what_is_elsewhere_is_not_there(self, client: Client, house) -> None:
        made = paid(house[1], at(7, 2))
        actions.cancel_for_customer(SYSTEM, made.ref, now=NOW, reason="Flood")
        page = client.get(f"/desk/calendar/bookings/{made.ref}").text
        assert not {"Move", "Cancel it"} & set(texts(page, "main a"))
        assert client.get(f"/desk/calendar/bookings/{a_booking().ref}").status_code == 404

    def test_a_class_online_leads_to_its_own_page(self, client: Client, house) -> None:
        venue, _, _ = house
        client.post("/logout")
        sign_in(client, merchant_id=venue.merchant_id)
        session = a_session(a_service(house_of(venue)), starts_at=at(), online=True)
        made = a_booking(SeatWish(session.id))
        page = client.get(f"/desk/calendar/bookings/{made.ref}").text
        assert select(page, f"main a[href='/desk/bookings/{made.ref}']")
        assert "Move" not in texts(page, "main a"), "who has a seat in a class goes to another class"
        assert "can no longer be moved" in move_page(client, made, None, "10:00")


class TestMoving:
    def test_to_another_room_and_time_by_the_house_it_is_free_and_the_customer_is_told(
        self, client: Client, house
    ) -> None:
        venue, room, other = house
        made = paid(room, at(7, 2))
        create_price_rule(SYSTEM, venue.merchant_id, kind=RuleKind.WEEKEND, name="Weekend +25 %",
                          parameters={"percent": 25})  # fmt: skip
        saturday = at(12).date().isoformat()
        page = move_page(client, made, other, "15:00", day=saturday)
        assert "+€13.50" in texts(page, "dl dd")
        assert "Free of charge: the €13.50 more are not asked for." in page
        answer = send(client, page, reason="The boiler in Linden is broken")
        assert answer.location == f"/desk/calendar?venue={venue.slug}&date={saturday}"
        db.session.refresh(made)
        assert (made.room_id, made.starts_at, made.ends_at) == (other.id, at(12, 6), at(12, 8))
        assert (made.total, rest_of(made).minor) == (Money(5400, "EUR"), 0)
        assert mails("booking.moved") == 1
        assert why("booking.moved", made.ref) == ["The boiler in Linden is broken"]
        assert differences() == []

    def test_where_the_customer_asks_more_is_due_at_the_venue_and_can_be_taken_there(
        self, client: Client, house
    ) -> None:
        _, room, _ = house
        made = paid(room, at(7, 2))
        page = move_page(client, made, room, "11:00", to="14:00")
        assert "€27.00 more are due at the venue." in page
        assert send(client, page, by="customer").status_code == 303
        db.session.refresh(made)
        assert (made.total, rest_of(made), made.rest_due_at) == (
            Money(8100, "EUR"), Money(2700, "EUR"), made.starts_at
        )  # fmt: skip
        assert (made.due_at_venue, made.most_percent_back) == (True, 75)
        assert differences() == []
        send(client, client.get(f"/desk/calendar/bookings/{made.ref}").text)
        assert balance(made.ref, "EUR").kept == Money(8100, "EUR")
        assert differences() == []

    @pytest.mark.parametrize(("by", "back"), [("house", 2700), ("customer", 2025)])
    def test_less_comes_back_whole_or_by_the_terms(self, client: Client, house, by: str, back: int) -> None:
        _, room, _ = house
        made = paid(room, at(7, 2))
        page = move_page(client, made, room, "11:00", to="12:00")
        assert send(client, page, by=by).status_code == 303
        [change] = db.session.scalars(sql(BookingChange))
        assert (change.refunded_minor, change.by_merchant) == (back, by == "house")
        assert differences() == []

    def test_what_is_not_paid_yet_is_dearer_or_cheaper_at_the_counter(self, client: Client, house) -> None:
        _, room, _ = house
        made = booked(room, at(7, 2))
        send(client, move_page(client, made, room, "11:00", to="14:00"), by="customer")
        db.session.refresh(made)
        assert rest_of(made) == Money(8100, "EUR")

    def test_onto_something_taken_it_says_so_and_where_it_could_go(self, client: Client, house) -> None:
        _, room, other = house
        made, _there = paid(room, at(7, 2)), booked(other, at(7, 2))
        answer = client.get(f"/desk/calendar/bookings/{made.ref}/move?room={other.id}&date={DATE}&from=11:30")
        assert answer.status_code == 409
        assert "Booked until 13:00" in " ".join(texts(answer.text, "[role=alert]"))
        links = select(answer.text, ".nearest a")
        assert len(links) == 3
        assert not select(answer.text, "form[method=post]")
        kept = form_values(answer.text, "main form")
        assert (kept["room"], kept["date"], kept["from"]) == (str(other.id), DATE, "11:30")
        assert client.get(links[0]["href"]).status_code == 200

    def test_who_was_faster_is_said_and_nothing_is_lost(self, client: Client, house) -> None:
        _, room, other = house
        made = paid(room, at(7, 2))
        page = move_page(client, made, other, "15:00")
        booked(other, at(7, 6))
        answer = send(client, page, reason="Boiler")
        assert (answer.status_code, len(select(answer.text, ".nearest a"))) == (409, 3)
        db.session.refresh(made)
        assert made.room_id == room.id

    def test_the_second_of_two_editors_sees_what_it_is_now(self, client: Client, house) -> None:
        _, room, other = house
        made = paid(room, at(7, 2))
        page = move_page(client, made, other, "15:00")
        actions.move(SYSTEM, made.ref, NewTime(at(8, 2), at(8, 4)), now=NOW, key=f"m-{another()}")
        stale = send(client, page, reason="Boiler")
        assert stale.status_code == 409
        assert "has changed since you looked" in stale.text
        assert "Tue 9 Mar" in " ".join(texts(stale.text, "dl dd")), "where it is now"
        assert form_values(stale.text, FORM)["reason"] == "Boiler"
        assert send(client, stale.text).status_code == 303
        db.session.refresh(made)
        assert (made.room_id, made.starts_at) == (other.id, at(7, 6))

    def test_outside_hours_and_for_an_admin_a_reason_is_asked_for(self, client: Client, house) -> None:
        _, room, _ = house
        made = paid(room, at(7, 2))
        page = move_page(client, made, room, "06:00")
        assert "Closed until 08:00" in page
        asked = send(client, page)
        assert asked.status_code == 422
        assert "To move it there all the same, please say why." in " ".join(texts(asked.text, ".error"))
        assert send(client, asked.text, reason="They have a key").status_code == 303
        assert facts("booking.overruled", made.ref) == {"overrules": "closed"}
        as_admin(client)
        page = move_page(client, made, room, "12:00")
        assert send(client, page).status_code == 422
        assert send(client, page, reason="Asked by phone").status_code == 303

    @pytest.mark.parametrize(
        ("asked", "wrong"),
        [
            ("date=soon&from=10:00", "Please look at the marked fields."),
            (f"date={DATE}&from=noon", "Please look at the marked fields."),
            (f"date={DATE}&from=11:00", "It is there already."),
            (f"date={DATE}&from=15:00&room=99999", "Please look at the marked fields."),
        ],
    )
    def test_what_cannot_be_read_is_said(self, client: Client, house, asked: str, wrong: str) -> None:
        made = paid(house[1], at(7, 2))
        answer = client.get(f"/desk/calendar/bookings/{made.ref}/move?{asked}")
        assert (answer.status_code, wrong in answer.text) == (422, True)

    def test_an_appointment_goes_to_another_time_of_the_same_person(self, client: Client, house) -> None:
        venue, room, _ = house
        person, _host = a_host(house_of(venue), name="Priya")
        works(person)
        talk = a_service(
            house_of(venue), kind="appointment", name="Talk", lengths=((60, 7000),), hosts=[person], rooms=[room]
        )
        made = a_booking(AppointmentWish(talk.id, person.id, at(7, 2), 60))
        client.post("/logout")
        sign_in(client, merchant_id=venue.merchant_id)
        a_booking(AppointmentWish(talk.id, person.id, at(7, 4), 60))
        assert len(select(move_page(client, made, None, "13:00"), ".nearest a")) == 3
        assert send(client, move_page(client, made, room, "15:00")).status_code == 303
        db.session.refresh(made)
        assert made.starts_at == at(7, 6)

    def test_what_waits_for_its_payment_is_not_moved(self, client: Client, house) -> None:
        _, room, other = house
        guest = a_guest()
        made = a_booking(RoomWish(room.id, Span(at(7, 2), at(7, 3)), 2), actor=guest)
        actions.move(guest, made.ref, NewTime(at(7, 2), at(7, 5)), now=NOW, key=f"m-{another()}")
        page = move_page(client, made, other, "15:00")
        assert "can no longer be moved" in page
        assert "A move waits for its payment" in client.get(f"/desk/calendar/bookings/{made.ref}").text


class TestCancelling:
    @pytest.mark.parametrize(("by", "back", "whose"), [("house", 5400, "merchant"), ("customer", 4050, "customer")])
    def test_what_comes_back_either_way_stands_there_before(
        self, client: Client, house, by: str, back: int, whose: str
    ) -> None:
        made = paid(house[1], at(7, 2))
        page = client.get(f"/desk/calendar/bookings/{made.ref}/cancellation").text
        assert "The customer asks for it: €40.50 back" in page
        assert "The house cancels: €54.00 back" in page
        assert send(client, page, by=by).status_code == 422
        assert send(client, page, by=by, reason="Said by phone").status_code == 303
        db.session.refresh(made)
        assert (made.state, made.cancelled_by) == ("cancelled", whose)
        assert balance(made.ref, "EUR").refunded == Money(back, "EUR")
        assert why("booking.cancelled", made.ref) == ["Said by phone"]
        assert mails("booking.cancelled") == 1
        assert differences() == []
        again = client.get(f"/desk/calendar/bookings/{made.ref}/cancellation")
        assert again.status_code == 409

    def test_money_out_of_the_till_goes_back_by_hand(self, client: Client, house) -> None:
        made = booked(house[1], at(7, 2))
        asked = f"/desk/calendar/bookings/{made.ref}/cancellation"
        assert "paid at the counter" not in client.get(asked).text
        actions.take_payment_at_venue(SYSTEM, made.ref, now=NOW, key=f"t-{another()}")
        assert "Some of it was paid at the counter" in client.get(asked).text

    def test_a_step_of_the_terms_that_passed_meanwhile_is_shown_first(self, client: Client, house) -> None:
        made = paid(house[1], at(2, 1))
        page = client.get(f"/desk/calendar/bookings/{made.ref}/cancellation").text
        assert "€40.50 back" in page
        with time_machine.travel(at(0, 2), tick=False):
            answer = send(client, page, by="customer", reason="Said by phone")
            assert (answer.status_code, "€27.00 back" in answer.text) == (409, True)
            assert send(client, answer.text, by="customer").status_code == 303
        assert balance(made.ref, "EUR").refunded == Money(2700, "EUR")

    def test_what_somebody_changed_meanwhile_is_not_cancelled_unseen(self, client: Client, house) -> None:
        _, room, other = house
        made = paid(room, at(7, 2))
        page = client.get(f"/desk/calendar/bookings/{made.ref}/cancellation").text
        actions.move(SYSTEM, made.ref, NewTime(at(7, 2), at(7, 4), room_id=other.id), now=NOW, key=f"m-{another()}")
        assert send(client, page, by="house", reason="Flood").status_code == 409
        db.session.refresh(made)
        assert made.state == "confirmed"

    def test_what_has_begun_is_cancelled_by_the_house_only(self, client: Client, house) -> None:
        made = paid(house[1], at(1))
        with time_machine.travel(at(1, 1), tick=False):
            page = client.get(f"/desk/calendar/bookings/{made.ref}/cancellation").text
            assert "The customer asks for it" not in page
            assert send(client, page, by="customer", reason="Ill").status_code == 409
            assert send(client, page, by="house", reason="Fire").status_code == 303

    def test_a_hold_is_let_go_of(self, client: Client, house) -> None:
        held = a_hold(RoomWish(house[1].id, Span(at(7, 2), at(7, 3)), 2))
        page = client.get(f"/desk/calendar/bookings/{held.ref}/cancellation").text
        assert "nothing is paid" in page
        assert send(client, page, reason="Called to say no").status_code == 303
        db.session.refresh(held)
        assert held.state == "expired"
