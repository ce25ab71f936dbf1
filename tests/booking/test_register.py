"""The register at the desk: who sees which bookings, how they are found, and what the file for spreadsheets holds."""

from __future__ import annotations

import csv
import datetime as dt
import io

import pytest
import time_machine

from bookapp.booking import actions
from bookapp.booking.models import Booking
from bookapp.booking.policy import may_serve
from bookapp.booking.queries import register as registers
from bookapp.booking.queries.register import RegisterFilter, is_ref, register
from bookapp.booking.rules import AppointmentWish
from bookapp.catalog.actions import grant_role
from bookapp.catalog.models import Merchant, Room, Venue
from bookapp.catalog.queries import grants_of
from bookapp.identity.actor import SYSTEM, Actor
from bookapp.identity.models import User
from bookapp.identity.queries import actor_of
from bookapp.infra.db import db
from tests.builders.booking import NOW, a_booking, a_hold, a_wish, an_open_room, at
from tests.builders.catalog import a_service, a_venue
from tests.builders.identity import a_user
from tests.builders.scheduling import works
from tests.builders.staff import a_host
from tests.support.client import Client
from tests.support.queries import counted
from tests.support.select import one, select
from tests.support.staff import sign_in

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture(autouse=True)
def _today() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


def renamed(booking: Booking, **facts: str) -> Booking:
    for name, value in facts.items():
        setattr(booking, name, value)
    db.session.commit()
    return booking


def house_of(room: Room) -> int:
    return db.session.get_one(Venue, room.venue_id).merchant_id


def refs(client: Client, query: str = "") -> list[str]:
    return [link.text for link in select(client.get(f"/desk/bookings{query}").text, "tbody th a")]


def working(role: str, *, merchant_id: int, venue_id: int | None = None) -> Actor:
    user = a_user()
    grant_role(SYSTEM, user_id=user.id, merchant_id=merchant_id, role=role, venue_id=venue_id)
    return actor_of(user, grants_of(user.id))


def test_everybody_sees_what_they_may_serve_and_nothing_else() -> None:
    here, there = an_open_room(), an_open_room()
    mine, theirs = a_booking(a_wish(here)), a_booking(a_wish(there))
    house, other = house_of(here), house_of(there)
    actors = [
        working("owner", merchant_id=house),
        working("manager", merchant_id=house),
        working("manager", merchant_id=house, venue_id=here.venue_id),
        working("facilitator", merchant_id=house),
        working("owner", merchant_id=other),
        actor_of(a_user(is_admin=True)),
        actor_of(a_user()),
        Actor(),
    ]
    for actor in actors:
        seen = {each.ref for each in register(actor, RegisterFilter()).rows}
        assert seen == {each.ref for each in (mine, theirs) if may_serve(actor, each)}, actor
    assert [len(register(actor, RegisterFilter()).rows) for actor in actors] == [1, 1, 1, 0, 1, 2, 0, 0]


def test_a_manager_of_another_venue_of_the_house_sees_nothing(client: Client) -> None:
    room = an_open_room()
    a_booking(a_wish(room))
    elsewhere = a_venue(merchant=db.session.get_one(Merchant, house_of(room)))
    sign_in(client, merchant_id=house_of(room), role="manager", venue_id=elsewhere.id)
    assert refs(client) == []


@pytest.mark.parametrize(
    "words",
    ["miriam", "Oka", "okafor miriam", "o'hara", "miriam.ok", "miriam.okafor@example.org", "7946 0958", "+44 20"],
)
def test_words_find_a_booking_by_how_they_begin(client: Client, words: str) -> None:
    room = an_open_room()
    booking = renamed(
        a_booking(a_wish(room)), name="Miriam Okafor-O'Hara", email="miriam.okafor@example.org",
        phone="+44 20 7946 0958" if "4" not in words or "44" in words else "79460958",
    )  # fmt: skip
    renamed(a_booking(a_wish(room, start=at(9))), name="Tom Alder", email="tom@example.net", phone="030 123456")
    sign_in(client, merchant_id=house_of(room))
    assert refs(client, f"?q={words.replace('+', '%2B')}") == [booking.ref]


def test_words_are_looked_up_in_the_houses_one_may_look_into() -> None:
    host = a_host()[0]
    service = a_service(db.session.get_one(Merchant, host.merchant_id), kind="appointment", hosts=[host], online=True)
    works(host)
    hosted = renamed(a_booking(AppointmentWish(service.id, host.id, at(7, 4), 60)), name="Ravi Menon")
    here, there = (renamed(a_booking(), name="Ravi Menon") for _house in range(2))
    admin, nobody = actor_of(a_user(is_admin=True)), actor_of(a_user())
    owner = working("owner", merchant_id=here.merchant_id)
    # Whose role was taken away still hosts what was booked with them: what is theirs to serve is theirs to find.
    person = actor_of(db.session.get_one(User, host.user_id))
    seen = [
        {each.ref for each in register(actor, RegisterFilter(text="ravi", merchant_id=merchant)).rows}
        for actor, merchant in ((owner, None), (admin, None), (admin, there.merchant_id), (owner, there.merchant_id),
                                (person, None), (nobody, None))
    ]  # fmt: skip
    every = {hosted.ref, here.ref, there.ref}
    assert seen == [{here.ref}, every, {there.ref}, set(), {hosted.ref}, set()]


@pytest.mark.parametrize("words", ["zzz", "'", "& | !", ":*", "\\", "%", "(", "okafor tom", "12"])
def test_what_finds_nothing_says_so_and_is_kept(client: Client, words: str) -> None:
    room = an_open_room()
    renamed(a_booking(a_wish(room)), name="Miriam Okafor")
    sign_in(client, merchant_id=house_of(room))
    answer = client.get("/desk/bookings", query_string={"q": words})
    assert answer.status_code == 200
    assert "No booking fits" in one(answer.text, "#register").text
    assert one(answer.text, "#q")["value"] == words


def test_a_ref_leads_straight_to_its_booking_and_somebody_elses_does_not(client: Client) -> None:
    booking, theirs = a_booking(), a_booking()
    sign_in(client, merchant_id=booking.merchant_id)
    assert client.get(f"/desk/bookings?q={booking.ref.lower()}").location.endswith(f"/desk/bookings/{booking.ref}")
    assert refs(client, f"?q={theirs.ref}") == []
    assert not is_ref("B7K2Q") and not is_ref("B7K2Q0")


def test_filters_are_in_the_address(client: Client) -> None:
    room = an_open_room()
    soon = a_booking(a_wish(room, start=at(2)))
    later = a_booking(a_wish(room, start=at(20)))
    gone = a_hold(a_wish(room, start=at(3)))
    actions.let_go(actor_of_visitor(gone), gone.ref, now=NOW)
    far = a_booking(a_wish(room, start=at(100)))
    sign_in(client, merchant_id=house_of(room))
    day = at(20).date()
    assert refs(client) == [soon.ref, later.ref]
    assert refs(client, "?order=latest") == [later.ref, soon.ref]
    assert refs(client, f"?from={day}&to={day}") == [later.ref]
    assert refs(client, f"?from={day}") == [later.ref, far.ref]
    assert refs(client, f"?to={at(3).date()}&state=expired") == [gone.ref]
    assert refs(client, "?kind=session") == []
    assert refs(client, f"?room={room.id}&state=confirmed&kind=room") == [soon.ref, later.ref]
    assert refs(client, f"?room={room.id + 1}") == []
    assert refs(client, f"?merchant={house_of(room)}") == [soon.ref, later.ref]


def actor_of_visitor(booking: Booking) -> Actor:
    return Actor(visitor=booking.visitor)


def test_what_cannot_be_read_is_said_beside_its_field(client: Client) -> None:
    booking = a_booking()
    sign_in(client, merchant_id=booking.merchant_id)
    shown = client.get("/desk/bookings?from=yesterday&state=lost&page=0").text
    assert "Please give a date" in one(shown, ".field:has(#from) .error").text


def test_totals_and_what_is_due_are_told(client: Client) -> None:
    room = an_open_room()
    paid = a_booking(a_wish(room))
    held = a_hold(a_wish(room, start=at(8)))
    sign_in(client, merchant_id=house_of(room))
    shown = client.get("/desk/bookings").text
    found = [element.text for element in select(shown, "tbody th")]
    due = [element.text for element in select(shown, "tbody td:last-child")]
    assert dict(zip(found, due, strict=True)) == {paid.ref: "–", held.ref: "€54.00"}
    told = select(shown, "#register p")[0].text
    assert "2 bookings" in told
    assert "€108.00" in told


def test_the_file_has_every_row_and_no_formula(client: Client) -> None:
    room = an_open_room()
    booking = renamed(a_booking(a_wish(room)), name='=HYPERLINK("http://evil")')
    sign_in(client, merchant_id=house_of(room))
    answer = client.get("/desk/bookings.csv")
    head, row = csv.reader(io.StringIO(answer.text.lstrip("\ufeff")))
    facts = dict(zip(head, row, strict=True))
    assert facts["ref"] == booking.ref
    assert facts["name"].startswith("'=")
    assert (facts["total"], facts["due"], facts["currency"]) == ("54.00", "0.00", "EUR")
    assert dt.datetime.fromisoformat(facts["starts"]) == booking.starts_at
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_the_number_of_queries_does_not_grow(client: Client) -> None:
    room = an_open_room()
    a_booking(a_wish(room))
    sign_in(client, merchant_id=house_of(room))
    client.get("/desk/bookings")
    with counted() as few:
        client.get("/desk/bookings")
    for day in range(8, 14):
        a_booking(a_wish(room, start=at(day)))
    with counted() as many:
        client.get("/desk/bookings")
    assert len(many) == len(few) <= 9


def test_htmx_gets_the_table_alone_and_pages_keep_the_filter(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registers, "PER_PAGE", 2)
    room = an_open_room()
    for day in range(1, 4):
        renamed(a_booking(a_wish(room, start=at(day))), name="Ravi Menon")
    sign_in(client, merchant_id=house_of(room))
    shown = client.htmx("/desk/bookings?q=ravi&page=2").text
    assert "<h1" not in shown
    assert len(select(shown, "tbody tr")) == 1
    assert [link["href"] for link in select(shown, ".pager a")][-1] == "/desk/bookings?q=ravi&page=1"
