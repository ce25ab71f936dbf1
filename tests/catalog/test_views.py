"""A merchant's own door, a venue, a service: what stands on them."""

from __future__ import annotations

import datetime as dt
import json

import pytest
import time_machine

from bookapp.catalog import actions
from bookapp.catalog.models import Room, Service
from bookapp.identity.actor import SYSTEM
from bookapp.infra.db import db
from tests.builders import a_facilitator, a_merchant, a_room, a_service, a_session, a_venue, opens, works
from tests.support.client import Client
from tests.support.queries import counted
from tests.support.select import one, select, texts

# A Monday, 09:00 in Berlin.
NOW = dt.datetime(2027, 3, 1, 8, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _frozen():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def house(app) -> dict[str, object]:
    """A merchant with one of everything."""
    merchant = a_merchant(name="Stillwater House", tagline="Yoga by the river", email="hello@stillwater.example")
    venue = a_venue(merchant, name="Mill", how_to_find="Behind the church", capacity=80)
    opens(venue, at="07:00", until="21:00", weekdays=range(5))
    opens(venue, at="09:00", until="00:00", weekdays=[5])
    room = a_room(venue, name="Studio One", type="studio", capacity=20, amenities=("mats", "sound"))
    host = a_facilitator(merchant, name="Priya", headline="Meditation")
    works(host)
    flow = a_service(merchant, name="Slow flow", lengths=((60, 1600), (90, 2200)), bring="A blanket")
    talk = a_service(
        merchant, name="Conversation", kind="appointment", lengths=((50, 7000),), hosts=[host], online=True
    )
    a_session(flow, starts_at=NOW + DAY, room=room, facilitator=host)
    for thing in (merchant, venue, room, flow, host):
        actions.add_photo(SYSTEM, thing, path="scenes/yoga.svg", alt="A room with mats")
    return {"merchant": merchant, "venue": venue, "room": room, "flow": flow, "talk": talk}


def rated(thing: Room | Service, *stars: int) -> None:
    thing.rating_sum, thing.rating_count = sum(stars), len(stars)
    db.session.commit()


def test_a_merchants_door_shows_everything(client: Client, house) -> None:
    rated(house["room"], 5, 4)
    rated(house["flow"], 5)
    html = client.get("/at/stillwater-house").text
    assert one(html, "h1").text == "Stillwater House"
    assert "4.7 (3" in one(html, ".door .rating").text
    assert texts(html, ".section h2") == ["Where it is", "What there is", "Next sessions", "People", "Pass it on"]
    assert texts(html, ".offer h3") == ["Mill", "Slow flow", "Conversation"]
    assert texts(html, ".offer .price") == ["1 room", "from €16", "€70"]
    assert texts(html, ".agenda h3") == ["Slow flow"]
    assert texts(html, ".person h3") == ["Priya"]
    slots = select(html, ".person .slot")
    assert [slot.text for slot in slots] == [f"Mon, {time} with Priya" for time in ("09:00", "09:30", "10:00")]
    assert slots[0]["href"] == "/people/priya?service=conversation&minutes=50&start=2027-03-01T08%3A00Z#times"


def test_a_bare_merchant_is_a_page_as_well(client: Client) -> None:
    a_merchant(name="Bare")
    html = client.get("/at/bare").text
    assert texts(html, "h2") == ["Pass it on"]


def test_those_who_show_previews_and_search_engines_find_what_they_need(client: Client, house) -> None:
    html = client.get("/at/stillwater-house").text
    meta = {tag["property"]: tag["content"] for tag in select(html, "meta[property]")}
    assert meta["og:title"] == "Stillwater House"
    assert meta["og:url"].endswith("/at/stillwater-house")
    assert meta["og:image"].startswith("http") and meta["og:image"].endswith("scenes/yoga.svg")
    found = json.loads(one(html, 'script[type="application/ld+json"]').node.text())
    assert (found["@type"], found["name"]) == ("Organization", "Stillwater House")
    assert found["location"][0]["address"]["addressLocality"] == "Berlin"
    assert found["event"][0]["offers"] == {
        "@type": "Offer",
        "url": found["event"][0]["url"],
        "price": "16.00",
        "priceCurrency": "EUR",
        "availability": "https://schema.org/InStock",
    }


def test_what_a_merchant_writes_cannot_leave_the_data(client: Client) -> None:
    a_merchant(name="Bad", tagline="</script><script>alert(1)</script>")
    html = client.get("/at/bad").text
    assert "<script>alert" not in html
    assert json.loads(one(html, 'script[type="application/ld+json"]').node.text())["description"].startswith(
        "</script>"
    )


def test_the_code_to_print_is_a_picture(client: Client, house) -> None:
    answer = client.get("/at/stillwater-house/qr.svg")
    assert answer.mimetype == "image/svg+xml"
    assert "public" in answer.headers["Cache-Control"]
    assert b"style=" not in answer.data
    assert client.get("/at/nobody/qr.svg").status_code == 404


def test_a_venue_shows_its_rooms_hours_and_what_is_on(client: Client, house) -> None:
    html = client.get("/venues/mill").text
    assert one(html, "h1").text == "Mill"
    assert texts(html, ".offer h3") == ["Studio One"]
    assert one(html, ".offer .facts").text == "Studio · up to 20 people · mats · sound system"
    assert one(html, ".offer .price").text == "€27 an hour"
    assert texts(html, ".hours-list li") == ["Mon–Fri07:00–21:00", "Sat09:00–24:00", "Sunclosed"]
    assert texts(html, ".agenda h3") == ["Slow flow"]
    assert "Behind the church" in texts(html, "dd")


def test_what_was_asked_for_is_carried_to_the_rooms(client: Client, house) -> None:
    html = client.get("/venues/mill?date=2027-03-08&from=14:00&to=16:00&people=4&x=y").text
    assert one(html, ".offer h3 a")["href"] == "/rooms/studio-one?date=2027-03-08&from=14%3A00&to=16%3A00&people=4"
    assert client.get("/venues/mill?date=never&from=25:00&people=-1").status_code == 200


def test_a_venue_without_rooms_says_so(client: Client) -> None:
    a_venue(name="Lakehouse")
    assert one(client.get("/venues/lakehouse").text, ".empty h2").text == "No rooms to hire here"


def test_a_class_shows_its_next_dates(client: Client, house) -> None:
    html = client.get("/services/slow-flow").text
    assert texts(html, ".agenda .when") == ["09:001 hTue 2 Mar"]
    assert texts(html, "dl.lines > *") == ["1 h", "€16.00", "1 h 30 min", "€22.00"]
    assert texts(html, ".terms li") == [
        "75 %back until 2 days before",
        "50 %back until 24 h before",
        "25 %back after that",
    ]
    assert "A blanket" in one(html, "aside").text


def test_an_appointment_shows_with_whom_and_their_next_times(client: Client, house) -> None:
    html = client.get("/services/conversation").text
    assert texts(html, ".person h3") == ["Priya"]
    assert len(select(html, ".person .slot")) == 3


def test_offers_without_dates_or_people_say_so(client: Client) -> None:
    a_service(name="Later")
    a_service(name="Alone", kind="appointment")
    assert one(client.get("/services/later").text, ".empty h2").text == "No dates yet"
    assert one(client.get("/services/alone").text, ".empty h2").text == "Nobody offers this at the moment"


def test_strict_terms_say_that_nothing_comes_back_later(client: Client) -> None:
    strict = actions.ensure_terms_presets()["Strict"]
    a_service(name="Retreat", terms_id=strict.id)
    html = client.get("/services/retreat").text
    assert texts(html, ".terms li") == ["50 %back until 7 days before", "0 %back after that"]


@pytest.mark.parametrize(
    "path", ["/at/nobody", "/venues/nowhere", "/services/nothing", "/at/a%00b", "/venues/" + "x" * 500]
)
def test_what_is_not_there_is_not_found(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    "path", ["/at/stillwater-house", "/venues/mill", "/services/slow-flow", "/services/conversation"]
)
def test_the_number_of_queries_is_constant(client: Client, house, path: str) -> None:
    indoors = a_facilitator(house["merchant"])
    a_service(house["merchant"], kind="appointment", hosts=[indoors], rooms=[house["room"]])

    def cost() -> int:
        client.get(path)
        with counted() as statements:
            client.get(path)
        return len(statements)

    before = cost()
    for name in ("merchant", "venue", "room", "flow", "talk"):
        db.session.refresh(house[name])
    for number in range(4):
        venue = a_venue(house["merchant"])
        a_room(house["venue"])
        host = a_facilitator(house["merchant"])
        works(host)
        a_service(house["merchant"], kind="appointment", hosts=[host], rooms=[a_room(venue)])
        a_session(house["flow"], starts_at=NOW + (number + 2) * DAY, room=house["room"], facilitator=host)
    assert cost() == before <= 25
