"""The doors everybody may read: rooms, what is free, services, people, sessions."""

import datetime as dt

import pytest
import time_machine

from bookapp.api.schemas.search import miss_words
from bookapp.catalog.models import Photo
from bookapp.infra.db import db
from bookapp.scheduling.models import Closure
from bookapp.search.rules.fit import Miss, Missing
from tests.api.calling import Program, an_account
from tests.builders import a_facilitator, a_merchant, a_room, a_service, a_session, an_addon, works
from tests.search.houses import BERLIN, NOW, an_open_venue, at, taken
from tests.support.queries import counted

DAY = "2027-03-24"


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def program(client):
    return Program(client)


def slots(answer):
    return [one["start"][11:16] for one in answer.json["slots"]]


def test_rooms_are_listed_by_name_page_by_page(program):
    venue = an_open_venue()
    rooms = [a_room(venue, name=f"Room {letter}") for letter in "CAB"]
    a_room(venue, name="Hidden", listed=False)
    first = program.get("rooms?limit=2").json
    assert [room["name"] for room in first["items"]] == ["Room A", "Room B"]
    assert (first["page"], first["limit"], first["total"]) == (1, 2, 3)
    second = program.get("rooms?limit=2&page=2").json
    assert [room["id"] for room in second["items"]] == [rooms[0].id]
    assert program.get("rooms?limit=2&page=3").json["items"] == []


@pytest.mark.parametrize("asked", ["limit=0", "limit=101", "page=0", "page=x", "limit=", "page=１", "colour=blue"])
def test_what_cannot_be_asked_is_said_at_its_name(program, asked):
    answer = program.get(f"rooms?{asked}")
    assert answer.status_code == 422
    assert list(answer.json["errors"]) == [asked.partition("=")[0]]


def test_rooms_are_narrowed_by_city_type_and_merchant(program):
    berlin, london = an_open_venue(), an_open_venue(city="London")
    hall = a_room(berlin, type="hall")
    a_room(berlin, type="studio"), a_room(london, type="hall")
    assert [room["id"] for room in program.get("rooms?city=berlin&type=hall").json["items"]] == [hall.id]
    db.session.refresh(berlin, ["merchant"])
    assert program.get(f"rooms?merchant={berlin.merchant.slug}").json["total"] == 2
    assert program.get("rooms?type=cave").status_code == 422


def test_a_room_says_everything_one_needs_to_book_it(program):
    venue = an_open_venue()
    room = a_room(venue, amenities=("projector",), rate_minor=2750, day_rate_minor=20000, buffer_minutes=15)
    addon = an_addon(venue)
    db.session.add(Photo(room_id=room.id, path="favicon.svg", alt="A hall"))
    room.rating_sum, room.rating_count = 14, 3
    db.session.commit()
    said = program.get(f"rooms/{room.id}").json
    assert said["hourly_rate"] == {"amount": "27.50", "currency": "EUR"}
    assert said["day_rate"] == {"amount": "200.00", "currency": "EUR"}
    assert said["average_rating"] == 4.7 and said["rating_count"] == 3
    assert said["venue"]["city"] == "Berlin" and said["venue"]["zone"] == BERLIN
    assert said["addons"] == [
        {
            "id": addon.id,
            "name": addon.name,
            "kind": "reusable",
            "price": {"amount": "12.00", "currency": "EUR"},
            "stock": 2,
        }
    ]
    assert said["terms"]["tiers"][0] == {"hours": 48, "percent": 75}
    (photo,) = said["photos"]
    assert photo["url"].startswith("http://") and photo["url"].endswith("/favicon.svg") and photo["alt"] == "A hall"


@pytest.mark.parametrize(("currency", "amount"), [("JPY", "2750"), ("KWD", "2.750"), ("EUR", "27.50")])
def test_money_has_the_decimals_of_its_currency(program, currency, amount):
    room = a_room(an_open_venue(merchant=a_merchant(currency=currency), currency=currency), rate_minor=2750)
    assert program.get(f"rooms/{room.id}").json["hourly_rate"] == {"amount": amount, "currency": currency}


@pytest.mark.parametrize(
    "path", ["rooms/{}", "rooms/{}/timeslots", "rooms/{}/availability", "sessions/{}", "facilitators/{}/availability"]
)
@pytest.mark.parametrize("number", ["999999", "99999999999999999999999", "0"])
def test_what_is_not_there_is_404(program, path, number):
    answer = program.get(path.format(number))
    assert answer.status_code == 404 and answer.json["code"] == "not_found"


def test_a_day_of_a_room(program):
    venue = an_open_venue("09:00", "13:00")
    room = a_room(venue, min_minutes=60, step_minutes=30)
    taken(room, at("10:00"), at("11:00"))
    db.session.add(Closure(room_id=room.id, starts_at=at("12:30"), ends_at=at("13:00"), reason="Piano tuner"))
    db.session.commit()
    answer = program.get(f"rooms/{room.id}/availability?date={DAY}")
    assert slots(answer) == ["09:00", "11:00", "11:30"]
    said = answer.json
    assert said["available"] is True and said["duration_minutes"] == 60 and said["zone"] == BERLIN
    assert said["slots"][0] == {"start": f"{DAY}T09:00:00+01:00", "end": f"{DAY}T10:00:00+01:00"}
    assert [(run["state"], run["start"][11:16]) for run in said["day"]] == [
        ("closed", "00:00"),
        ("free", "09:00"),
        ("booked", "10:00"),
        ("free", "11:00"),
        ("closed", "12:30"),
        ("closed", "13:00"),
    ]
    assert said["day"][2]["reason"] == "Booked until 11:00" and "Piano tuner" in said["day"][4]["reason"]
    assert slots(program.get(f"rooms/{room.id}/availability?date={DAY}&duration=90")) == ["11:00"]
    for impossible in (30, 601, 45):  # too short, too long, between two steps
        nothing = program.get(f"rooms/{room.id}/availability?date={DAY}&duration={impossible}").json
        assert nothing["available"] is False and nothing["slots"] == []
    assert program.get(f"rooms/{room.id}/availability").json["date"] == "2027-03-22"
    for far in ("2000-01-01", "2099-12-31"):
        assert program.get(f"rooms/{room.id}/availability?date={far}").json["available"] is False
    assert program.get(f"rooms/{room.id}/availability?date=2027-02-30").status_code == 422


def test_the_slots_of_a_room_with_prices(program):
    venue = an_open_venue("09:00", "12:00")
    room = a_room(venue, rate_minor=2000, step_minutes=60, min_minutes=60)
    taken(room, at("10:00"), at("11:00"))
    db.session.refresh(venue, ["merchant"])
    service = a_service(venue.merchant, rooms=[room])
    free = a_session(service, starts_at=at("09:00"), room=room, on_grid=True, capacity=2, price_minor=500)
    clash = a_session(service, starts_at=at("10:30"), minutes=30, room=room, on_grid=True)
    full = a_session(service, starts_at=at("11:00"), room=room, on_grid=True, capacity=2, seats_taken=2)
    said = program.get(f"rooms/{room.id}/timeslots?date={DAY}").json
    seen = [(one["start"][11:16], one["session_id"], one["available"], one["reason"]) for one in said["items"]]
    assert seen == [
        ("09:00", free.id, True, ""),
        ("09:00", None, True, ""),
        ("10:00", None, False, "Booked until 11:00"),
        ("10:30", clash.id, False, "Booked until 11:00"),
        ("11:00", full.id, False, "Fully booked"),
        ("11:00", None, True, ""),
    ]
    assert said["items"][0]["price"] == {"amount": "5.00", "currency": "EUR"}
    assert said["items"][1]["price"] == {"amount": "20.00", "currency": "EUR"}
    assert (said["items"][0]["seats_left"], said["items"][1]["seats_left"]) == (2, None)
    half = program.get(f"rooms/{room.id}/timeslots?date={DAY}&duration=30").json["items"]
    assert [(one["session_id"], one["available"]) for one in half if one["session_id"]] == [(clash.id, False)]
    past = program.get(f"rooms/{room.id}/timeslots?date=2027-03-21").json["items"]
    assert {one["reason"] for one in past} == {"This time is over"}


def test_search_finds_what_is_free_and_says_what_is_missed(program):
    venue = an_open_venue("09:00", "12:00")
    fits = a_room(venue, name="Fits", capacity=10, amenities=("projector", "wifi"), rate_minor=2000)
    small = a_room(venue, name="Small", capacity=4, amenities=("projector",))
    bare = a_room(venue, name="Bare", capacity=10, amenities=("wifi",))
    busy = a_room(venue, name="Busy", capacity=10, amenities=("projector", "wifi"))
    taken(busy, at("09:30"), at("10:30"))
    asked = f"city=Berlin&date={DAY}&from=09:00&to=10:00&people=8&amenities=projector,wifi"
    said = program.get(f"rooms/search?{asked}").json
    assert [room["id"] for room in said["items"]] == [fits.id, bare.id, small.id]
    assert said["total"] == 3 and (said["page"], said["limit"]) == (1, 25)
    best, without, little = said["items"]
    assert best["missed"] == [] and best["total"] == {"amount": "20.00", "currency": "EUR"}
    assert best["slot"] == {"start": f"{DAY}T09:00:00+01:00", "end": f"{DAY}T10:00:00+01:00"}
    assert [one["start"][11:16] for one in best["available_slots"]] == ["09:00", "09:30", "10:00", "10:30", "11:00"]
    assert without["missed"] == [{"kind": "amenity", "message": "Without projector"}]
    assert [miss["message"] for miss in little["missed"]] == ["Without Wi-Fi", "Seats 4 of your 8"]
    assert best["average_rating"] is None and best["photos"] == []
    (near,) = said["nearly"]
    assert near["id"] == busy.id and near["missed"] == [{"kind": "later", "message": "1 h 30 min later"}]
    both = program.get(f"rooms/search?{asked.replace('projector,wifi', 'projector&amenities=wifi')}").json
    assert both["items"] == said["items"]
    assert [one["id"] for one in program.get(f"rooms/search?{asked}&limit=1&page=2").json["items"]] == [bare.id]
    assert program.get(f"rooms/search?{asked}&page=9").json["items"] == []


def test_search_by_price_and_without_a_time(program):
    venue = an_open_venue("09:00", "12:00")
    cheap, dear = a_room(venue, rate_minor=1000), a_room(venue, rate_minor=9000)
    asked = f"date={DAY}&from=09:00&to=10:00"
    assert [one["id"] for one in program.get(f"rooms/search?{asked}&max_price=10").json["items"]] == [cheap.id]
    assert program.get(f"rooms/search?{asked}&max_price=10.00&currency=GBP").json["items"] == []
    said = program.get("rooms/search").json
    assert {one["id"] for one in said["items"]} == {cheap.id, dear.id}
    assert (
        said["items"][0]["slot"] is None
        and said["items"][0]["available_slots"][0]["start"] == "2027-03-22T10:00:00+01:00"
    )
    alone = program.get(f"rooms/search?date={DAY}&from=09:00").json["items"][0]
    assert alone["slot"]["end"] == f"{DAY}T10:00:00+01:00"
    before = program.get(f"rooms/search?date={DAY}&to=10:00").json["items"][0]
    assert before["slot"]["start"] == f"{DAY}T09:00:00+01:00"
    assert program.get("rooms/search?city=Atlantis").json["total"] == 0


def test_an_hour_the_clocks_jump_over_is_refused_in_words(program):
    a_room(an_open_venue("00:00", "00:00"))
    answer = program.get("rooms/search?date=2027-03-28&from=02:30&to=04:00")
    assert answer.status_code == 422
    assert answer.json["errors"] == {"from": "There is no 02:30 on that day: the clocks go forward over it."}


@pytest.mark.parametrize(
    "asked", ["date=tomorrow", "from=25:00", "people=0", "amenities=unicorn", "max_price=a", "currency=euro"]
)
def test_a_search_that_cannot_be_read_is_said_at_its_field(program, asked):
    answer = program.get(f"rooms/search?{asked}")
    assert answer.status_code == 422 and [name.partition(".")[0] for name in answer.json["errors"]] == [
        asked.partition("=")[0]
    ]


def test_services_and_the_people_who_give_them(program):
    house = a_merchant()
    host = a_facilitator(house, name="Dr. Priya Sharma", level="expert", years=20)
    talk = a_service(
        house, kind="appointment", name="First talk", lengths=((30, 4000), (60, 7000)), hosts=[host], online=True
    )
    a_service(house, name="Slow flow", theme="class", hosts=[host])
    a_service(house, name="Secret", private=True, hosts=[host])
    said = program.get("services").json
    assert [one["name"] for one in said["items"]] == ["First talk", "Slow flow"] and said["total"] == 2
    first = said["items"][0]
    assert [(length["minutes"], length["price"]["amount"]) for length in first["lengths"]] == [
        (30, "40.00"),
        (60, "70.00"),
    ]
    assert first["facilitators"] == [{"id": host.id, "slug": host.slug, "name": "Dr. Priya Sharma"}]
    assert program.get("services?kind=session&theme=class").json["total"] == 1
    assert program.get(f"services?merchant={house.slug}").json["total"] == 2
    people = program.get(f"facilitators?service_id={talk.id}").json
    assert [one["services"] for one in people["items"]] == [
        [
            {"id": talk.id, "slug": talk.slug, "name": "First talk", "kind": "appointment"},
            {"id": said["items"][1]["id"], "slug": said["items"][1]["slug"], "name": "Slow flow", "kind": "session"},
        ]
    ]
    assert (people["items"][0]["level"], people["items"][0]["years"]) == ("expert", 20)
    assert program.get("facilitators?city=Nowhere").json["total"] == 0


def test_when_somebody_can_be_had(program):
    house = a_merchant()
    host, other = a_facilitator(house), a_facilitator(house)
    works(host, at="10:00", until="12:00")
    talk = a_service(house, kind="appointment", lengths=((60, 7000), (120, 12000)), hosts=[host], online=True)
    said = program.get(f"facilitators/{host.id}/availability?service_id={talk.id}&from={DAY}&to={DAY}").json
    assert [(one["start"][11:16], one["duration_minutes"], one["price"]["amount"]) for one in said["items"]] == [
        ("10:00", 60, "70.00"),
        ("10:00", 120, "120.00"),
        ("10:30", 60, "70.00"),
        ("11:00", 60, "70.00"),
    ]
    assert (said["service_id"], said["from"], said["to"], said["zone"]) == (talk.id, DAY, DAY, BERLIN)
    week = program.get(f"facilitators/{host.id}/availability").json
    assert (week["from"], week["to"]) == ("2027-03-22", "2027-03-28")
    month = program.get(f"facilitators/{host.id}/availability?from={DAY}&to=2028-01-01").json
    assert month["to"] == "2027-04-23"
    assert program.get(f"facilitators/{host.id}/availability?from={DAY}&to=2027-03-23").json["items"] == []
    for path in (f"{other.id}/availability", f"{host.id}/availability?service_id=999999"):
        assert program.get(f"facilitators/{path}").status_code == 404


def test_sessions_are_listed_by_start_and_narrowed(program):
    venue = an_open_venue()
    db.session.refresh(venue, ["merchant"])
    host = a_facilitator(venue.merchant)
    service = a_service(venue.merchant, theme="class", hosts=[host])
    room = a_room(venue)
    later = a_session(service, starts_at=at("18:00"), room=room, facilitator=host, seats_taken=9)
    sooner = a_session(service, starts_at=at("09:00"), online=True)
    a_session(service, starts_at=NOW - dt.timedelta(hours=1))
    said = program.get("sessions").json
    assert [one["id"] for one in said["items"]] == [sooner.id, later.id] and said["total"] == 2
    one = said["items"][1]
    assert (one["seats_left"], one["price"], one["starts_at"]) == (
        3,
        {"amount": "16.00", "currency": "EUR"},
        f"{DAY}T18:00:00+01:00",
    )
    assert (one["facilitator_id"], one["room_id"], one["venue_id"]) == (host.id, room.id, venue.id)
    for asked, ids in (
        ("online=true", [sooner.id]),
        (f"facilitator_id={host.id}", [later.id]),
        (f"service_id={service.id}&limit=1", [sooner.id]),
        (f"from={DAY}&to={DAY}", [sooner.id, later.id]),
        ("from=2027-03-25", []),
        ("theme=retreat", []),
        ("city=berlin", [later.id]),
        ("from=2027-03-25&to=2027-03-24", []),
        ("online=false", [sooner.id, later.id]),
    ):
        assert [one["id"] for one in program.get(f"sessions?{asked}").json["items"]] == ids, asked
    assert program.get("sessions?online=perhaps").status_code == 422


def test_a_session_with_its_agenda(program):
    parts = (
        ("Arrival", at("18:00"), at("20:00")),
        ("Leaving", at("09:00", dt.date(2027, 3, 26)), at("11:00", dt.date(2027, 3, 26))),
    )
    session = a_session(starts_at=at("18:00"), minutes=2 * 24 * 60, parts=parts)
    said = program.get(f"sessions/{session.id}").json
    assert [(part["title"], part["starts_at"]) for part in said["parts"]] == [
        ("Arrival", f"{DAY}T18:00:00+01:00"),
        ("Leaving", "2027-03-26T09:00:00+01:00"),
    ]
    assert said["terms"]["name"] == "Standard" and said["version"] == 1 and said["price"]["amount"] == "16.00"
    assert said["venue"] and said["city"] == "Berlin"
    online = program.get(f"sessions/{a_session(starts_at=at('18:00'), online=True).id}").json
    assert (online["venue"], online["venue_id"], online["parts"]) == ("", None, [])


@pytest.mark.parametrize(
    "path", ["rooms", f"rooms/search?date={DAY}&from=09:00&to=10:00", "services", "facilitators", "sessions"]
)
def test_lists_cost_the_same_however_long_they_are(program, path):
    def one_more():
        house = a_merchant()
        venue = an_open_venue(merchant=house)
        host = a_facilitator(house)
        works(host)
        room = a_room(venue)
        service = a_service(house, hosts=[host], rooms=[room])
        a_session(service, starts_at=at("18:00"), room=room, facilitator=host)

    one_more()
    costs = []
    for _ in range(2):
        with counted() as statements:
            answer = program.get(path)
        costs.append((len(statements), len(answer.json["items"])))
        for _ in range(4):
            one_more()
    assert costs[1][1] > costs[0][1] > 0
    assert costs[0][0] == costs[1][0]
    assert costs[1][0] <= 12


def test_a_day_costs_the_same_however_full_it_is(program):
    house = a_merchant()
    room = a_room(an_open_venue(merchant=house))
    costs = []
    for hour in (9, 10, 11):
        with counted() as statements:
            program.get(f"rooms/{room.id}/timeslots?date={DAY}")
        costs.append(len(statements))
        taken(room, at(f"{hour:02}:00"), at(f"{hour + 1:02}:00"))
        a_session(a_service(house, rooms=[room]), starts_at=at(f"{hour:02}:00"), room=room, on_grid=True)
    assert len(set(costs[1:])) == 1 and costs[2] <= 9


def test_who_shows_a_token_reads_the_same(client):
    room = a_room(an_open_venue())
    user = an_account()
    assert Program(client, user).get(f"rooms/{room.id}").json == Program(client).get(f"rooms/{room.id}").json


def test_a_picture_kept_elsewhere_keeps_its_address(program):
    room = a_room(an_open_venue())
    db.session.add(Photo(room_id=room.id, path="https://pictures.example/hall.webp", alt="A hall"))
    db.session.commit()
    photos = program.get(f"rooms/{room.id}").json["photos"]
    assert photos == [{"url": "https://pictures.example/hall.webp", "alt": "A hall"}]


@pytest.mark.parametrize(
    ("kind", "facts", "words"),
    [
        (Missing.EARLIER, {"minutes": 30}, "30 min earlier"),
        (Missing.SHORTER, {"minutes": 90}, "1 h 30 min instead"),
        (Missing.DAY, {"day": dt.date(2027, 3, 25)}, "Free Thu 25 Mar"),
    ],
)
def test_what_is_missed_is_said_in_words(app, kind, facts, words):
    assert miss_words(Miss(kind, facts)).startswith(words)
