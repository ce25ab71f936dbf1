"""Stillwater House: yoga and breath in London, retreats at a lake, and the three people who give them."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from dataclasses import dataclass

from bookapp.catalog import actions as catalog
from bookapp.catalog.models import Facilitator, Merchant, Room, Service, Venue
from bookapp.catalog.rules import FacilitatorDraft, MerchantDraft, RoomDraft, ServiceDraft, VenueDraft
from bookapp.demo.accounts import give_role
from bookapp.demo.hours import EVERY_DAY, open_house, works
from bookapp.identity.actor import SYSTEM
from bookapp.identity.models import User
from bookapp.pricing.actions import create_price_rule
from bookapp.pricing.states import RuleKind
from bookapp.scheduling.actions.sessions import create_session
from bookapp.scheduling.errors import PlaceOccupied
from bookapp.scheduling.models import Session
from bookapp.values.timespan import Span, instant_near

_ZONE = "Europe/London"
_WEEKS_BACK, _WEEKS_AHEAD = 3, 5
_PLANNED_AHEAD = dt.timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Stillwater:
    """What the rest of the demo needs to know of it."""

    merchant: Merchant
    rooms: tuple[Room, ...]
    people: tuple[Facilitator, ...]
    sessions: tuple[Session, ...]
    appointments: tuple[Service, ...]


# username, name, headline, level, years, portrait, about
_PEOPLE = (
    ("priya", "Dr. Priya Sharma", "Meditation and breath", "expert", 14, "portrait-1",
     "I was a hospital doctor for nine years and still think like one: we begin with how you sleep, and go from there."
     " No experience needed."),
    ("arjun", "Arjun Patel", "Movement, backs and knees", "senior", 8, "portrait-2",
     "I taught dance until my own back stopped me. What I teach now is what brought it back."),
    ("kavya", "Kavya Reddy", "Restorative yoga", "junior", 3, "portrait-3",
     "Slow is not easy. I will bring the blankets."),
)  # fmt: skip
# service, host, room, seats, minutes, pence, weekly (weekday, hour, minute), scene, words
_CLASSES = (
    ("Breath and stillness", "priya", "Studio One", 12, 75, 1800, ((0, 18, 0), (2, 18, 0), (4, 18, 0), (6, 11, 0)),
     "yoga", "Sit, breathe, and find out how loud it is in there."),
    ("Slow flow", "arjun", "Studio Two", 16, 60, 1600, ((0, 19, 30), (1, 19, 30), (3, 19, 30), (4, 19, 30)),
     "studio", "One movement at a time, until the hour is over before you noticed."),
    ("Early practice", "kavya", "Studio One", 12, 60, 1600, tuple((day, 7, 0) for day in range(6)), "yoga",
     "Before the telephone begins."),
    ("Restorative", "kavya", "Studio One", 12, 75, 1800, ((1, 16, 0), (3, 16, 0), (5, 16, 0)), "studio",
     "Five shapes, many blankets."),
    ("Backs and knees, a workshop", "arjun", "Studio Two", 14, 90, 2800, ((5, 10, 0),), "studio",
     "What hurts, why, and what to do on Monday."),
)  # fmt: skip


def build(users: dict[str, User], now: dt.datetime) -> Stillwater:
    """Make the house, its people, five weeks of classes and two retreats."""
    terms = catalog.ensure_terms_presets()
    merchant = catalog.create_merchant(
        SYSTEM,
        MerchantDraft(
            name="Stillwater House",
            currency="GBP",
            zone=_ZONE,
            tagline="Yoga, breath, and a house at a lake.",
            about="Three teachers, two studios, and one rule: shoes stay at the door.",
            email="hello@stillwater.example",
            phone="+44 20 7946 0110",
            terms_id=terms["Flexible"].id,
        ),
    )
    house = _venue(merchant, "Stillwater House", "14 Canonbury Lane", "N1 2AS", "London", "yoga")
    lake = _venue(merchant, "Lakehouse", "Ferry Nab Road", "LA23 3JH", "Windermere", "jetty")
    open_house(house, dict.fromkeys(EVERY_DAY, (6, 22)))
    open_house(lake, dict.fromkeys(EVERY_DAY, (6, 23)))
    rooms = {
        "Studio One": _room(house, "Studio One", "studio", 14, 3000, "yoga", ("mats", "daylight", "step_free")),
        "Studio Two": _room(house, "Studio Two", "studio", 18, 3400, "studio", ("mats", "sound", "shower")),
        "Quiet Room": _room(house, "Quiet Room", "treatment", 2, 2400, "treatment", ("couch", "basin", "step_free")),
        "Lake Hall": _room(lake, "Lake Hall", "studio", 20, 4500, "retreat", ("mats", "daylight", "kitchen")),
    }
    people = {facts[0]: _person(merchant, users, *facts) for facts in _PEOPLE}
    sessions = [
        _retreat(merchant, people["kavya"], rooms["Lake Hall"], terms["Strict"].id, now, "Three quiet days at the lake",
                 weeks=2, seats=14, price=42000),
        _retreat(merchant, people["priya"], rooms["Lake Hall"], terms["Strict"].id, now, "Breath, a long weekend",
                 weeks=4, seats=12, price=38000),
    ]  # fmt: skip
    # A teacher who is at the lake gives no class in town.
    sessions += [
        session for facts in _CLASSES for session in _weekly(merchant, people, rooms, terms["Flexible"].id, now, *facts)
    ]
    appointments = _appointments(merchant, people, rooms["Quiet Room"])
    create_price_rule(
        SYSTEM, merchant.id, kind=RuleKind.DEMAND, name="Nearly full", parameters={"taken_percent": 80, "percent": 10}
    )
    create_price_rule(
        SYSTEM, merchant.id, kind=RuleKind.LAST_MINUTE, name="Last minute",
        parameters={"hours_before": 4, "percent": -15},
    )  # fmt: skip
    return Stillwater(merchant, tuple(rooms.values()), tuple(people.values()), tuple(sessions), appointments)


def _venue(merchant: Merchant, name: str, address: str, postcode: str, city: str, scene: str) -> Venue:
    venue = catalog.create_venue(
        SYSTEM,
        merchant.id,
        VenueDraft(
            name=name,
            address=address,
            postcode=postcode,
            city=city,
            country="GB",
            accessibility="Step-free to the ground floor.",
            how_to_find="The blue door; shoes go on the shelf to the right.",
        ),
    )
    catalog.add_photo(SYSTEM, venue, path=f"scenes/{scene}.svg", alt=name)
    return venue


def _room(venue: Venue, name: str, type_: str, seats: int, rate: int, scene: str, amenities: tuple[str, ...]) -> Room:
    room = catalog.create_room(
        SYSTEM,
        venue.id,
        RoomDraft(
            name=name, type=type_, capacity=seats, rate_minor=rate, amenities=amenities, buffer_minutes=15,
            tagline="Free when no class is on.",
        ),
    )  # fmt: skip
    catalog.add_photo(SYSTEM, room, path=f"scenes/{scene}.svg", alt=name)
    return room


def _person(
    merchant: Merchant, users: dict[str, User], username: str, name: str, headline: str, level: str, years: int,
    portrait: str, about: str,
) -> Facilitator:  # fmt: skip
    user = users[username]
    person = catalog.create_facilitator(
        SYSTEM,
        merchant.id,
        FacilitatorDraft(
            name=name, headline=headline, about=about, level=level, years=years, city="London", user_id=user.id
        ),
    )
    catalog.add_photo(SYSTEM, person, path=f"scenes/{portrait}.svg", alt=name)
    give_role(user, merchant.id, "facilitator")
    works(person, dict.fromkeys(range(6), (9, 18)))
    return person


def _weekly(
    merchant: Merchant, people: dict[str, Facilitator], rooms: dict[str, Room], terms_id: int, now: dt.datetime,
    name: str, host: str, room: str, seats: int, minutes: int, price: int, weekly: tuple[tuple[int, int, int], ...],
    scene: str, words: str,
) -> list[Session]:  # fmt: skip
    service = catalog.create_service(
        SYSTEM,
        merchant.id,
        ServiceDraft(
            name=name, kind="session", theme="class", tagline=words, about=words, bring="Something warm to wear.",
            capacity=seats, lengths=((minutes, price),), hosts=(people[host].id,), rooms=(rooms[room].id,),
            terms_id=terms_id,
        ),
    )  # fmt: skip
    catalog.add_photo(SYSTEM, service, path=f"scenes/{scene}.svg", alt=name)
    monday = now.date() - dt.timedelta(days=now.weekday())
    made = []
    for week in range(-_WEEKS_BACK, _WEEKS_AHEAD):
        for weekday, hour, minute in weekly:
            day = monday + dt.timedelta(days=7 * week + weekday)
            start = instant_near(day, dt.time(hour, minute), _ZONE)
            span = Span(start, start + dt.timedelta(minutes=minutes))
            with suppress(PlaceOccupied):
                made.append(
                    create_session(
                        SYSTEM,
                        service.id,
                        span=span,
                        room_id=rooms[room].id,
                        facilitator_id=people[host].id,
                        now=start - _PLANNED_AHEAD,
                    )
                )
    return made


def _retreat(
    merchant: Merchant, host: Facilitator, room: Room, terms_id: int, now: dt.datetime, name: str, *, weeks: int,
    seats: int, price: int,
) -> Session:  # fmt: skip
    friday = now.date() + dt.timedelta(days=(4 - now.weekday()) % 7 + 7 * (weeks - 1))
    agenda = (
        ("Arrival and first practice", 0, 15, 18),
        ("Walk and silence", 1, 8, 11),
        ("Afternoon practice", 1, 15, 18),
        ("Last practice and lunch", 2, 9, 14),
    )
    parts = [
        (title, Span(_wall(friday, days, first), _wall(friday, days, last))) for title, days, first, last in agenda
    ]
    service = catalog.create_service(
        SYSTEM,
        merchant.id,
        ServiceDraft(
            name=name, kind="session", theme="retreat", tagline="Two nights, all meals, no telephone.",
            about="A timber house, a jetty, and nothing you have to do. Meals and a bed are included.",
            bring="Walking shoes, a towel, a jumper.", capacity=seats, lengths=((47 * 60, price),), hosts=(host.id,),
            rooms=(room.id,), terms_id=terms_id, horizon_days=365,
        ),
    )  # fmt: skip
    catalog.add_photo(SYSTEM, service, path="scenes/retreat.svg", alt="A timber house and a jetty on a lake")
    return create_session(
        SYSTEM,
        service.id,
        span=Span(parts[0][1].start, parts[-1][1].end),
        parts=tuple(parts),
        room_id=room.id,
        facilitator_id=host.id,
        now=now,
    )


def _wall(day: dt.date, days: int, hour: int) -> dt.datetime:
    return instant_near(day + dt.timedelta(days=days), dt.time(hour), _ZONE)


def _appointments(merchant: Merchant, people: dict[str, Facilitator], room: Room) -> tuple[Service, ...]:
    made = []
    for name, hosts, lengths, online in (
        ("First conversation", ("priya", "arjun"), ((50, 7000),), False),
        ("Guided practice", ("priya", "kavya"), ((30, 4500), (60, 8000)), True),
        ("Hands on backs", ("arjun",), ((45, 5500),), False),
    ):
        service = catalog.create_service(
            SYSTEM,
            merchant.id,
            ServiceDraft(
                name=name, kind="appointment", theme="consultation", tagline="An hour that is about you.",
                about="We talk first, and practise what fits.", lengths=lengths, online=online, buffer_minutes=10,
                notice_minutes=120, hosts=tuple(people[host].id for host in hosts),
                rooms=() if online else (room.id,), step_minutes=30,
            ),
        )  # fmt: skip
        scene = "online" if online else "treatment"
        catalog.add_photo(SYSTEM, service, path=f"scenes/{scene}.svg", alt=name)
        made.append(service)
    return tuple(made)
