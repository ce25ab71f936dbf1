"""Venues and rooms at the desk: who makes and changes them, what is refused, and two editors at once."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from bookapp.audit.models import AuditEntry
from bookapp.catalog.actions import change_room, change_venue, create_room, create_venue, list_room, list_venue
from bookapp.catalog.errors import PlaceChanged
from bookapp.catalog.forms.lengths import minutes_of, words_of
from bookapp.catalog.models import Room, Venue
from bookapp.catalog.queries.houses import room_of_house, venue_of_house, version_of_room, version_of_venue
from bookapp.catalog.rules import RoomDraft, VenueDraft
from bookapp.identity.actor import SYSTEM
from bookapp.infra.db import db
from bookapp.values.errors import NotAllowed, NotFound, NotValid
from tests.builders import a_merchant, a_room, a_venue
from tests.builders.staff import a_manager_of, an_owner_of
from tests.support.client import Client
from tests.support.queries import counted
from tests.support.select import form_values, one, submit, texts
from tests.support.select import select as css
from tests.support.staff import sign_in

pytestmark = pytest.mark.usefixtures("app")

VENUE = {"name": "Old Mill", "address": "Mill Lane 1", "city": "York", "country": "GB"}
ROOM = {"name": "Loft", "type": "hall", "capacity": "40", "rate": "35,50", "day_rate": "250", "min_minutes": "1:30",
        "max_minutes": "2 d", "step_minutes": "30", "buffer_minutes": "15 min", "notice_minutes": "1 d 2 h",
        "horizon_days": "90"}  # fmt: skip


def room_draft(room: Room, **facts: Any) -> RoomDraft:
    same = {"name": room.name, "type": room.type, "capacity": room.capacity, "rate_minor": room.rate_minor}
    return RoomDraft(**same | facts)


def trail(action: str) -> list[AuditEntry]:
    return list(db.session.scalars(select(AuditEntry).where(AuditEntry.action == action)))


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [("90", 90), ("1:30", 90), ("1 h 30 min", 90), ("1h30", 90), ("2 d", 2880), ("1d 2h 5m", 1565), ("0", 0),
     ("", None), ("soon", None), ("1:75", None), ("-5", None), ("1.5 h", None)],
)  # fmt: skip
def test_a_length_is_read_as_people_type_it(typed: str, minutes: int | None) -> None:
    assert minutes_of(typed) == minutes
    if minutes is not None:
        assert minutes_of(words_of(minutes)) == minutes


def test_a_room_is_changed_by_who_runs_it_and_the_trail_says_what_it_was() -> None:
    room = a_room(capacity=8, rate_minor=2700)
    merchant = room.venue.merchant
    manager, elsewhere = a_manager_of(merchant, room.venue), a_manager_of(merchant, a_venue(merchant))
    seen = version_of_room(room)
    change_room(manager, room.id, room_draft(room, capacity=12, rate_minor=3000, about="Bright"), version=seen)
    assert (room.capacity, room.rate_minor, room.about) == (12, 3000, "Bright")
    facts = trail("room.changed")[0].facts
    assert facts["before"] == {"capacity": 8, "rate_minor": 2700}
    assert facts["after"] == {"capacity": 12, "rate_minor": 3000}
    assert set(facts["fields"]) == {"about", "capacity", "rate_minor"}
    with pytest.raises(PlaceChanged):
        change_room(manager, room.id, room_draft(room), version=seen)
    change_room(manager, room.id, room_draft(room, about="Bright"), version=version_of_room(room))
    assert len(trail("room.changed")) == 1, "what changes nothing is no change"
    for other in (elsewhere, an_owner_of(a_merchant())):
        with pytest.raises(NotAllowed):
            change_room(other, room.id, room_draft(room), version=version_of_room(room))
        with pytest.raises(NotAllowed):
            list_room(other, room.id, listed=False)
    with pytest.raises(NotFound):
        change_room(SYSTEM, 987654, room_draft(room), version="")


def test_only_the_owner_changes_a_venue_and_its_currency_stays() -> None:
    venue = a_venue()
    draft = VenueDraft(**VENUE)
    owner, manager, zone = an_owner_of(venue.merchant), a_manager_of(venue.merchant, venue), venue.merchant.zone
    with pytest.raises(NotAllowed):
        change_venue(manager, venue.id, draft, version=version_of_venue(venue))
    with pytest.raises(NotAllowed):
        list_venue(manager, venue.id, listed=False)
    with pytest.raises(NotValid):
        change_venue(owner, venue.id, VenueDraft(**VENUE, currency="USD"), version=version_of_venue(venue))
    slug = venue.slug
    change_venue(owner, venue.id, VenueDraft(**VENUE, zone="Europe/London"), version=version_of_venue(venue))
    assert (venue.city, venue.zone, venue.slug, venue.currency) == ("York", "Europe/London", slug, "EUR")
    change_venue(owner, venue.id, draft, version=version_of_venue(venue))
    assert venue.zone == zone, "no zone of its own is the house's"
    assert trail("venue.changed")[0].facts["after"]["zone"] == "Europe/London"


def test_somebody_elses_terms_are_not_taken_and_a_second_click_makes_one_room() -> None:
    room, elsewhere = a_room(), a_merchant()
    foreign = elsewhere.terms_id
    with pytest.raises(NotValid):
        change_room(SYSTEM, room.id, room_draft(room, terms_id=987654), version=version_of_room(room))
    change_room(SYSTEM, room.id, room_draft(room, terms_id=foreign), version=version_of_room(room))  # a preset
    draft = RoomDraft(name="Twice", type="hall", capacity=1, rate_minor=0)
    first = create_room(SYSTEM, room.venue_id, draft, key="a-key-of-one-form")
    assert create_room(SYSTEM, room.venue_id, draft, key="a-key-of-one-form").id == first.id
    house = VenueDraft(**VENUE)
    made = create_venue(SYSTEM, elsewhere.id, house, key="a-key-of-one-form")
    assert create_venue(SYSTEM, elsewhere.id, house, key="a-key-of-one-form").id == made.id


def test_an_owner_makes_a_venue_and_a_room_in_it(client: Client) -> None:
    merchant = a_merchant()
    sign_in(client, merchant_id=merchant.id)
    assert "No place yet" in client.get("/desk/places").text
    bad = submit(client, "/desk/venues/new", "form#venue", **(VENUE | {"country": "", "email": "nobody"}))
    assert (bad.status_code, 'value="Old Mill"' in bad.text) == (422, True)
    late = submit(client, "/desk/venues/new", "form#venue", **(VENUE | {"email": "nobody"}))
    assert (late.status_code, "does not look like an email" in late.text) == (422, True)
    html = client.get("/desk/venues/new").text
    sent = form_values(html, "form#venue") | VENUE
    made = client.post("/desk/venues/new", data=sent)
    assert made.status_code == 303
    assert client.post("/desk/venues/new", data=sent).location == made.location, "a second click"
    venue = db.session.scalars(select(Venue).where(Venue.name == "Old Mill")).one()
    assert (venue.zone, venue.currency, made.location) == ("Europe/Berlin", "EUR", f"/desk/venues/{venue.id}")

    address = f"/desk/rooms/new?venue={venue.id}"
    wrong = submit(client, address, "form#room", **(ROOM | {"rate": "much", "step_minutes": "often"}))
    assert wrong.status_code == 422
    assert {one["id"]: one["value"] for one in css(wrong.text, "[aria-invalid=true]")} == {
        "rate": "much", "step_minutes": "often"
    }  # fmt: skip
    short = submit(client, address, "form#room", **(ROOM | {"max_minutes": "1 h"}))
    assert (short.status_code, "is not between 90 and" in short.text) == (422, True)
    done = submit(client, address, "form#room", **ROOM, amenities=["projector", "stage"])
    room = db.session.scalars(select(Room).where(Room.name == "Loft")).one()
    assert (done.status_code, done.location) == (303, f"/desk/rooms/{room.id}")
    assert (room.rate_minor, room.day_rate_minor, room.capacity) == (3550, 25000, 40)
    assert (room.min_minutes, room.max_minutes, room.notice_minutes) == (90, 2880, 26 * 60)
    assert sorted(room.amenities) == ["projector", "stage"]
    shown = client.get(done.location).text
    assert form_values(shown, "form#room")["min_minutes"] == "90 min"
    assert form_values(shown, "form#room")["notice_minutes"] == "26 h"
    saved = submit(client, done.location, "form#room", rate="40", day_rate="", amenities=["stage"])
    assert saved.status_code == 303
    room = room_of_house(room.id)
    assert (room.rate_minor, room.day_rate_minor, room.amenities) == (4000, None, ["stage"])


def test_two_editors_the_second_is_shown_both(client: Client) -> None:
    room = a_room(rate_minor=2700)
    sign_in(client, merchant_id=room.venue.merchant_id)
    address = f"/desk/rooms/{room.id}"
    seen = form_values(client.get(address).text, "form#room")
    change_room(SYSTEM, room.id, room_draft(room, rate_minor=3100, amenities=("piano",)), version=seen["version"])
    late = client.post(address, data=seen | {"rate": "29"})
    assert late.status_code == 409
    assert one(late.text, "#rate")["value"] == "29"
    assert dict(zip(texts(late.text, ".said dt"), texts(late.text, ".said dd"), strict=True)) == {
        "What it has": "piano", "An hour costs": "31.00"
    }  # fmt: skip
    assert client.post(address, data=form_values(late.text, "form#room")).status_code == 303
    assert room_of_house(room.id).rate_minor == 2900

    address = f"/desk/venues/{room.venue_id}"
    seen = form_values(client.get(address).text, "form#venue")
    change_venue(SYSTEM, room.venue_id, VenueDraft(**VENUE), version=seen["version"])
    late = client.post(address, data=seen | {"city": "Leeds"})
    assert (late.status_code, one(late.text, "#city")["value"]) == (409, "Leeds")
    assert "York" in texts(late.text, ".said dd")
    assert client.post(address, data=form_values(late.text, "form#venue")).status_code == 303
    assert venue_of_house(room.venue_id).city == "Leeds"
    assert client.post(address, data=seen | {"city": ""}).status_code == 422


def test_a_manager_runs_their_rooms_and_looks_at_the_venue(client: Client) -> None:
    venue = a_venue()
    other = a_venue(venue.merchant)
    room = a_room(venue)
    a_room(other)
    sign_in(client, merchant_id=venue.merchant_id, role="manager", venue_id=venue.id)
    listed = client.get("/desk/places").text
    assert texts(listed, "h2 a") == [venue.name]
    assert not css(listed, 'a[href^="/desk/venues/new"]')
    shown = client.get(f"/desk/venues/{venue.id}").text
    assert (venue.address in shown, css(shown, "form#venue")) == (True, [])
    assert client.post(f"/desk/venues/{venue.id}", data=VENUE).status_code == 403
    assert client.get(f"/desk/venues/{other.id}").status_code == 404
    assert client.get(f"/desk/rooms/new?venue={other.id}").status_code == 404
    assert client.get("/desk/rooms/new?venue=x").status_code == 404
    assert submit(client, f"/desk/rooms/{room.id}", "form#room", capacity="9").status_code == 303


def test_what_is_not_shown_is_not_found_and_comes_back(client: Client) -> None:
    room = a_room()
    pages = ((f"/desk/rooms/{room.id}", f"/rooms/{room.slug}"),
             (f"/desk/venues/{room.venue_id}", f"/venues/{room.venue.slug}"))  # fmt: skip
    sign_in(client, merchant_id=room.venue.merchant_id)
    for address, public in pages:
        form = f'form[action="{address}/listing"]'
        assert client.get(public).status_code == 200
        assert submit(client, address, form, act="unlist").status_code == 303
        assert client.get(public).status_code == 404
        assert "not shown" in client.get(address).text
        assert submit(client, address, form, act="list").status_code == 303
        assert client.get(public).status_code == 200
    assert [entry.subject for entry in trail("room.unlisted")] == [f"room:{room.id}"]


def test_a_manager_of_the_whole_house_and_somebody_of_two_houses_choose(client: Client) -> None:
    first, second = a_venue(), a_venue()
    house = second.merchant.slug, second.merchant.name
    user = sign_in(client, merchant_id=first.merchant_id, role="manager")
    assert texts(client.get("/desk/places").text, "h2 a") == [first.name]
    assert sign_in(client, is_admin=True).id != user.id
    chosen = client.get(f"/desk/places?merchant={house[0]}").text
    assert texts(chosen, "h2 a") == [second.name]
    assert one(chosen, "#merchant option[selected]").text == house[1]


def test_the_list_asks_the_database_no_more_for_more_rooms(client: Client) -> None:
    venue = a_venue()
    a_room(venue)
    merchant = venue.merchant
    sign_in(client, merchant_id=merchant.id)
    client.get("/desk/places")
    with counted() as few:
        client.get("/desk/places")
    for _ in range(3):
        a_room(a_venue(merchant))
    with counted() as many:
        client.get("/desk/places")
    assert len(many) == len(few) <= 12
