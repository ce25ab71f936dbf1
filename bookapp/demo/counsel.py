"""Langhaus Counsel: four consultants of different level, in Berlin and on the screen."""

from __future__ import annotations

from dataclasses import dataclass

from bookapp.catalog import actions as catalog
from bookapp.catalog.models import Facilitator, Merchant, Service
from bookapp.catalog.rules import FacilitatorDraft, MerchantDraft, RoomDraft, ServiceDraft, VenueDraft
from bookapp.demo.hours import WEEKDAYS, open_house, works
from bookapp.identity.actor import SYSTEM
from bookapp.pricing.actions import create_price_rule
from bookapp.pricing.states import RuleKind


@dataclass(frozen=True, slots=True)
class Counsel:
    """What the rest of the demo needs to know of it."""

    merchant: Merchant
    people: tuple[Facilitator, ...]
    services: tuple[Service, ...]


# name, headline, level, years, portrait, hours, about
_PEOPLE = (
    ("Jonas Weber", "Company law", "expert", 19, "portrait-4", (9, 17),
     "Founders come before the contract is signed, mostly. I like those."),
    ("Lena Hoffmann", "Tax and accounts", "senior", 11, "portrait-5", (8, 16),
     "I read the letters from the tax office so that you can sleep."),
    ("Amir Haddad", "Employment and visas", "senior", 9, "portrait-6", (10, 18),
     "Arabic, English, German. Most problems are a missing paper."),
    ("Sofie Brandt", "First questions", "junior", 2, "portrait-7", (9, 17),
     "I sort what you have, and tell you which of my colleagues you need, if any."),
)  # fmt: skip


def build() -> Counsel:
    """Make the consultancy."""
    terms = catalog.ensure_terms_presets()
    merchant = catalog.create_merchant(
        SYSTEM,
        MerchantDraft(
            name="Langhaus Counsel",
            currency="EUR",
            zone="Europe/Berlin",
            tagline="An hour with somebody who knows.",
            about="Law, tax and visas, by the hour, with the price said first.",
            email="office@langhaus.example",
            phone="+49 30 5550120",
            terms_id=terms["Standard"].id,
        ),
    )
    venue = catalog.create_venue(
        SYSTEM,
        merchant.id,
        VenueDraft(
            name="Langhaus", address="Torstraße 161", postcode="10115", city="Berlin", country="DE",
            accessibility="Lift; step-free from the courtyard.", how_to_find="Second courtyard, third floor.",
        ),
    )  # fmt: skip
    catalog.add_photo(SYSTEM, venue, path="scenes/law.svg", alt="An office with shelves of files")
    open_house(venue, dict.fromkeys(WEEKDAYS, (8, 19)))
    rooms = []
    for name, scene in (("Front office", "law"), ("Back office", "office")):
        room = catalog.create_room(
            SYSTEM, venue.id,
            RoomDraft(name=name, type="consultation", capacity=4, rate_minor=2000, amenities=("wifi", "coffee"),
                      buffer_minutes=10, tagline="Free when nobody is being advised in it."),
        )  # fmt: skip
        catalog.add_photo(SYSTEM, room, path=f"scenes/{scene}.svg", alt=name)
        rooms.append(room)
    people = tuple(_person(merchant, *facts) for facts in _PEOPLE)
    jonas, lena, amir, sofie = (person.id for person in people)
    places = tuple(room.id for room in rooms)
    services = (
        _service(merchant, "Company law, first hour", ((60, 12000),), (jonas,), places),
        _service(merchant, "Tax check", ((45, 8800), (90, 16000)), (lena,), places),
        _service(merchant, "Visa and work permit", ((60, 9600),), (amir,), ()),
        _service(merchant, "First questions", ((30, 4500),), (sofie, amir), ()),
    )
    create_price_rule(
        SYSTEM, merchant.id, kind=RuleKind.LEVEL, name="Level of the consultant",
        parameters={"junior_percent": 0, "senior_percent": 25, "expert_percent": 50},
    )  # fmt: skip
    return Counsel(merchant, people, services)


def _person(
    merchant: Merchant, name: str, headline: str, level: str, years: int, portrait: str, hours: tuple[int, int],
    about: str,
) -> Facilitator:  # fmt: skip
    person = catalog.create_facilitator(
        SYSTEM,
        merchant.id,
        FacilitatorDraft(name=name, headline=headline, about=about, level=level, years=years, city="Berlin"),
    )
    catalog.add_photo(SYSTEM, person, path=f"scenes/{portrait}.svg", alt=name)
    works(person, dict.fromkeys(WEEKDAYS, hours))
    return person


def _service(
    merchant: Merchant, name: str, lengths: tuple[tuple[int, int], ...], hosts: tuple[int, ...], rooms: tuple[int, ...]
) -> Service:
    service = catalog.create_service(
        SYSTEM,
        merchant.id,
        ServiceDraft(
            name=name, kind="appointment", theme="consultation", tagline="With the answer in writing, the same day.",
            about="Bring what you have; what is missing we write down.", lengths=lengths, online=not rooms,
            notice_minutes=180, buffer_minutes=15, hosts=hosts, rooms=rooms,
        ),
    )  # fmt: skip
    catalog.add_photo(SYSTEM, service, path="scenes/law.svg" if rooms else "scenes/online.svg", alt=name)
    return service
