"""Kastanienhof: halls and meeting rooms in Berlin, with a courtyard, a riverside house and an escape room."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from bookapp.catalog import actions as catalog
from bookapp.catalog.models import Merchant, Room, Service, Venue
from bookapp.catalog.rules import AddonDraft, MerchantDraft, RoomDraft, ServiceDraft, VenueDraft
from bookapp.demo.accounts import give_role
from bookapp.demo.hours import EVERY_DAY, WEEKDAYS, open_house
from bookapp.identity.actor import SYSTEM
from bookapp.identity.models import User
from bookapp.pricing.actions import CouponDraft, create_coupon, create_price_rule, set_tax
from bookapp.pricing.rules import TaxRate
from bookapp.pricing.states import RuleKind
from bookapp.scheduling.actions.sessions import create_session
from bookapp.scheduling.models import Session
from bookapp.values.timespan import Span, instant_near


@dataclass(frozen=True, slots=True)
class Kastanienhof:
    """What the rest of the demo needs to know of it."""

    merchant: Merchant
    venues: tuple[Venue, ...]
    rooms: tuple[Room, ...]
    games: tuple[Session, ...]


# name, type, seats, cents an hour, cents a day, scene, amenities, buffer, notice in hours, tagline, about
_COURTYARD = (
    ("Linden", "meeting", 12, 2700, 18900, "meeting", ("projector", "screen", "step_free", "coffee", "wifi"), 30, 0,
     "A quiet room on the courtyard, with a table for twelve and a door that shuts properly.",
     "North light, oak floor, a 75-inch screen that takes any cable. Coffee and water are in the room; lunch comes from"
     " the kitchen downstairs if you ask a day before."),
    ("Birke", "meeting", 8, 2400, 16800, "seminar", ("whiteboard", "video", "step_free", "wifi"), 15, 0,
     "Eight chairs, four walls you can write on.",
     "The whole of one wall is a whiteboard, the camera finds who speaks."),
    ("Atrium", "meeting", 30, 3600, None, "atrium", ("daylight", "sound", "step_free", "wifi"), 30, 24,
     "Glass above, trees below.", "For thirty in rows or twenty around tables, under a glass roof that opens."),
    ("Ahorn", "meeting", 10, 2500, 17500, "boardroom", ("projector", "video", "coffee", "wifi"), 15, 0,
     "The board room, without the ties.", "A long table, good chairs, and a clock that is right."),
    ("The Great Hall", "hall", 120, 8500, 59000, "hall", ("stage", "piano", "sound", "step_free", "daylight"), 60, 48,
     "Tall windows, a stage, and a piano that is in tune.",
     "One hundred and twenty chairs, a kitchen next door, and a porter who has seen everything."),
    ("Esche", "consultation", 4, 1800, None, "office", ("wifi", "coffee", "step_free"), 15, 0,
     "For a conversation that should stay in the room.", "Two armchairs and a small table, behind a double door."),
    ("Kiefer", "office", 6, 1500, 9000, "loft", ("wifi", "coffee", "air", "screen"), 0, 0,
     "Six desks under the roof.", "For a team that needs a day away from its own office."),
)  # fmt: skip
# What every guest passes on the way to their room.
_AROUND = (
    ("kitchen", "The kitchen next door"),
    ("garden", "The garden house among the apple trees"),
    ("library", "The shelves in the corridor"),
)
_RIVERSIDE = (
    ("The Bench", "studio", 10, 3400, None, "workshop", ("tools", "kiln", "basin", "parking"), 30, 24,
     "A workbench under a wall of tools.", "Wood, metal and clay; aprons are there, old shoes are a good idea."),
    ("Kesselhaus", "hall", 80, 6800, 47000, "kitchen", ("kitchen", "sound", "stage", "parking", "step_free"), 60, 48,
     "The old boiler house, with a kitchen that can cook for it.", "Brick, steel, and an oven for sixty plates."),
    ("Music Room", "studio", 6, 2200, None, "music", ("piano", "sound", "air"), 15, 0,
     "Quiet outside, loud inside.", "A grand piano, four stands, walls that keep it all in."),
    ("Garden House", "meeting", 16, 2900, 20000, "garden", ("daylight", "kitchen", "coffee", "parking"), 30, 0,
     "A wooden house among apple trees.", "Sixteen at one table; the doors open to the river."),
    ("Library", "meeting", 14, 2600, 18000, "library", ("projector", "wifi", "coffee", "step_free"), 15, 0,
     "Fourteen seats between four thousand books.", "You may take one home if you leave one."),
)  # fmt: skip


def build(users: dict[str, User], now: dt.datetime) -> Kastanienhof:
    """Make the house with everything in it."""
    terms = catalog.ensure_terms_presets()
    merchant = catalog.create_merchant(
        SYSTEM,
        MerchantDraft(
            name="Kastanienhof",
            currency="EUR",
            zone="Europe/Berlin",
            tagline="Rooms with a courtyard, halls with a piano.",
            about="Two houses in Berlin, run by people who open the windows before you come.",
            email="hello@kastanienhof.example",
            phone="+49 30 5550110",
            terms_id=terms["Standard"].id,
        ),
    )
    mitte = _venue(merchant, "Kastanienhof Mitte", "Linienstraße 40", "10119", "hall",
                   "Through the gate, across the courtyard, first door on the left.", users)  # fmt: skip
    ufer = _venue(merchant, "Kastanienhof am Ufer", "Paul-Lincke-Ufer 21", "10999", "garden",
                  "The white gate beside the bridge; ring twice.", users)  # fmt: skip
    open_house(mitte, {**dict.fromkeys(WEEKDAYS, (8, 20)), 5: (9, 18)})
    open_house(ufer, dict.fromkeys(EVERY_DAY, (9, 22)))
    rooms = [_room(mitte, *facts) for facts in _COURTYARD] + [_room(ufer, *facts) for facts in _RIVERSIDE]
    for venue in (mitte, ufer):
        _addons(venue)
    study = _room(ufer, "The Study", "studio", 6, 4000, None, "escape", ("air",), 30, 0,
                  "Behind the bookcase.", "The room of the escape game.")  # fmt: skip
    escape = catalog.create_service(
        SYSTEM,
        merchant.id,
        ServiceDraft(
            name="The Clockmaker’s Study",
            kind="session",
            theme="escape",
            tagline="An escape room for two to six.",
            about="The clockmaker has gone, the clocks have not stopped. Sixty minutes to find out why.",
            bring="Nothing. Phones stay in a drawer.",
            capacity=6,
            lengths=((60, 1600),),
            rooms=(study.id,),
            buffer_minutes=30,
            terms_id=terms["Flexible"].id,
        ),
    )
    catalog.add_photo(SYSTEM, escape, path="scenes/escape.svg", alt="A study with a locked door and a clock")
    games = tuple(_games(escape, study, now))
    give_role(users["otto"], merchant.id, "owner")
    give_role(users["karla"], merchant.id, "manager", mitte.id)
    _prices(merchant, next(room for room in rooms if room.type == "hall"))
    return Kastanienhof(merchant, (mitte, ufer), tuple(rooms), games)


def _prices(merchant: Merchant, hall: Room) -> None:
    """Evenings and weekends dearer, half days and early plans cheaper, and the porter's two hours for the hall.

    Its prices hold the tax already, and who types WELCOME10 pays a tenth less, once.
    """
    evening = {"weekdays": [0, 1, 2, 3, 4], "from_minute": 18 * 60, "to_minute": 22 * 60, "percent": 10}
    create_price_rule(SYSTEM, merchant.id, kind=RuleKind.PEAK, name="Evening", parameters=evening)
    create_price_rule(SYSTEM, merchant.id, kind=RuleKind.WEEKEND, name="Weekend", parameters={"percent": 15})
    create_price_rule(
        SYSTEM, merchant.id, kind=RuleKind.DURATION, name="Half a day or more",
        parameters={"from_minutes": 240, "percent": -5},
    )  # fmt: skip
    create_price_rule(
        SYSTEM, merchant.id, kind=RuleKind.EARLY_BIRD, name="Early bird", parameters={"days_before": 30, "percent": -10}
    )
    create_price_rule(
        SYSTEM, merchant.id, kind=RuleKind.FLOOR, name="Least price of the hall", room_id=hall.id,
        parameters={"amount_minor": 2 * hall.rate_minor, "currency": "EUR"},
    )  # fmt: skip
    set_tax(SYSTEM, merchant.id, TaxRate("VAT", Decimal(19), inclusive=True, registration="DE 123 456 789"))
    create_coupon(SYSTEM, merchant.id, CouponDraft("WELCOME10", percent=10, most_per_customer=1))


def _games(escape: Service, study: Room, now: dt.datetime) -> Iterator[Session]:
    """Three games on Friday, Saturday and Sunday, for the last two weeks and the next four."""
    for offset in range(-14, 28):
        day = now.date() + dt.timedelta(days=offset)
        if day.weekday() < 4:
            continue
        for hour in (16, 18, 20):
            start = instant_near(day, dt.time(hour), "Europe/Berlin")
            yield create_session(
                SYSTEM,
                escape.id,
                span=Span(start, start + dt.timedelta(hours=1)),
                room_id=study.id,
                now=start - dt.timedelta(days=90),
            )


def _venue(
    merchant: Merchant, name: str, address: str, postcode: str, scene: str, way: str, users: dict[str, User]
) -> Venue:
    venue = catalog.create_venue(
        SYSTEM,
        merchant.id,
        VenueDraft(
            name=name,
            address=address,
            postcode=postcode,
            city="Berlin",
            country="DE",
            email="hello@kastanienhof.example",
            phone="+49 30 5550110",
            accessibility="Step-free entrance, lift, accessible toilet on the ground floor.",
            how_to_find=way,
        ),
    )
    catalog.add_photo(SYSTEM, venue, path=f"scenes/{scene}.svg", alt=name)
    return venue


def _room(
    venue: Venue, name: str, type_: str, seats: int, rate: int, day_rate: int | None, scene: str,
    amenities: tuple[str, ...], buffer: int, notice: int, tagline: str, about: str,
) -> Room:  # fmt: skip
    room = catalog.create_room(
        SYSTEM,
        venue.id,
        RoomDraft(
            name=name,
            type=type_,
            capacity=seats,
            rate_minor=rate,
            day_rate_minor=day_rate,
            tagline=tagline,
            about=about,
            amenities=amenities,
            buffer_minutes=buffer,
            notice_minutes=notice * 60,
            max_minutes=12 * 60,
        ),
    )
    catalog.add_photo(SYSTEM, room, path=f"scenes/{scene}.svg", alt=f"{name}: {tagline}")
    for other, alt in _AROUND:
        if other != scene:
            catalog.add_photo(SYSTEM, room, path=f"scenes/{other}.svg", alt=alt)
    return room


def _addons(venue: Venue) -> None:
    for draft in (
        AddonDraft(name="Projector", kind="reusable", price_minor=900, stock=2, hint="With every cable there is"),
        AddonDraft(name="Flip chart", kind="reusable", price_minor=500, stock=4),
        AddonDraft(name="Lunch", kind="consumable", price_minor=1400, hint="Per person, vegetarian if you like"),
        AddonDraft(name="Coffee and cake", kind="consumable", price_minor=600, hint="Per person"),
    ):
        catalog.create_addon(SYSTEM, draft, venue_id=venue.id)
