"""One price from the list to the hold, and what was agreed stays agreed: every rule and rate may change afterwards."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

import pytest
import time_machine
from sqlalchemy import select as choose
from sqlalchemy import update
from sqlalchemy.orm import selectinload

from bookapp.booking import actions
from bookapp.booking.models import Booking, BookingLine
from bookapp.booking.rules import AppointmentWish, RoomWish, SeatWish
from bookapp.catalog.models import Addon, Facilitator, Merchant, Room, Service, ServiceLength, Venue
from bookapp.identity.actor import SYSTEM
from bookapp.infra.db import db
from bookapp.pricing.actions import create_price_rule, set_tax
from bookapp.pricing.models import PriceRule, Tax
from bookapp.pricing.rules import TaxRate
from bookapp.pricing.states import RuleKind
from bookapp.scheduling.models import Session
from bookapp.values.money import Money
from bookapp.values.timespan import Span, instant
from bookapp.web import filters
from tests.builders import a_facilitator, a_merchant, a_room, a_service, a_session, a_venue, an_addon, opens, works
from tests.builders.booking import NOW, a_booking, a_guest
from tests.builders.identity import actor_of
from tests.identity.people import a_person, come_in
from tests.support.client import Client
from tests.support.select import one, select, texts

ZONE = "Europe/Berlin"
TUESDAY = dt.date(2027, 3, 9)
RULES: list[tuple[RuleKind, str, dict[str, Any]]] = [
    (RuleKind.PEAK, "Evening", {"weekdays": [0, 1, 2, 3, 4], "from_minute": 1080, "to_minute": 1320, "percent": 13}),
    (RuleKind.LEVEL, "Level", {"junior_percent": 0, "senior_percent": 25, "expert_percent": 50}),
    (RuleKind.EARLY_BIRD, "Early bird", {"days_before": 5, "percent": -7}),
    (RuleKind.DEMAND, "Nearly full", {"taken_percent": 50, "percent": 10}),
    (RuleKind.WEEKEND, "Weekend", {"percent": 20}),
    (RuleKind.DURATION, "Half a day", {"from_minutes": 240, "percent": -5}),
    (RuleKind.LAST_MINUTE, "Last minute", {"hours_before": 3, "percent": -20}),
    (RuleKind.FLOOR, "Least price", {"amount_minor": 1234, "currency": "EUR"}),
    (RuleKind.CAP, "Highest price", {"amount_minor": 99999, "currency": "EUR"}),
]


def at(clock: str) -> dt.datetime:
    return instant(TUESDAY, dt.time.fromisoformat(clock), ZONE)


@pytest.fixture(autouse=True)
def then(app):
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def merchant() -> Merchant:
    """A house with a rule of every kind and a tax on top."""
    made = a_merchant(name="Kastanienhof")
    for kind, name, parameters in RULES:
        create_price_rule(SYSTEM, made.id, kind=kind, name=name, parameters=parameters)
    set_tax(SYSTEM, made.id, TaxRate("VAT", Decimal("19"), inclusive=False))
    return made


@pytest.fixture
def house(merchant: Merchant) -> Venue:
    venue = a_venue(merchant, name="Mitte", city="Berlin")
    opens(venue, at="08:00", until="22:00")
    return venue


@pytest.fixture
def room(house: Venue) -> Room:
    return a_room(house, name="Linden", rate_minor=2733)


@pytest.fixture
def session(merchant: Merchant, house: Venue, room: Room) -> Session:
    host = a_facilitator(merchant, name="Arjun", level="senior")
    service = a_service(merchant, name="Slow flow", lengths=((90, 1777),))
    return a_session(service, starts_at=at("17:30"), minutes=90, room=room, facilitator=host, seats_taken=7)


@pytest.fixture
def hour(merchant: Merchant) -> tuple[Service, Facilitator]:
    host = a_facilitator(merchant, name="Jonas", level="expert", city="Berlin")
    works(host, at="09:00", until="20:00")
    return a_service(
        merchant, kind="appointment", name="First hour", hosts=(host,), lengths=((60, 12345),), online=True
    ), host


def held(wish: Any) -> Booking:
    return actions.hold(a_guest(), wish, now=NOW, key=f"key-{wish!r}"[:90])


def choices(html: str) -> list[dict[str, str]]:
    """What each button of a list would send."""
    return [
        {name: values[0] for name, values in parse_qs(each["value"]).items()} for each in select(html, "[name=choice]")
    ]


def test_a_room_costs_the_same_in_the_search_on_its_page_and_held(client: Client, room: Room) -> None:
    asked = f"date={TUESDAY}&from=16:00&to=20:00"
    (found,) = choices(client.get(f"/search?where=Berlin&{asked}&people=2").text)
    page = client.get(f"/rooms/{room.slug}?{asked}").text
    booking = held(RoomWish(room.id, Span(at("16:00"), at("20:00"))))
    assert found["total"] == one(page, "#book [name=total]")["value"] == str(booking.total_minor)
    amount = filters.money(booking.total)
    assert texts(page, "#book > .lines dd.sum") == [amount]
    labels = texts(page, "#book > .lines dt")
    assert labels[1:-1] == ["Evening +13 %", "Early bird −7 %", "Half a day −5 %", "VAT 19 %"]
    why = one(page, ".why").text
    for said in ("2 h of the time lies between 18:00 and 22:00 on Mon–Fri.", "Only on Saturday and Sunday.",
                 "Only where somebody hosts.", "It costs no less than €12.34 without it."):  # fmt: skip
        assert said in why, said


def test_a_seat_costs_the_same_in_every_list_on_its_page_and_held(client: Client, session: Session) -> None:
    booking = held(SeatWish(session.id, 1))
    actions.let_go(a_guest_of(booking), booking.ref, now=NOW)
    amount = filters.money_short(booking.total)
    addresses = ("/sessions", "/at/kastanienhof", "/people/arjun", f"/services/{session.service.slug}", "/venues/mitte",
                 f"/search?what=session&where=Berlin&date={TUESDAY}", "/")  # fmt: skip
    for address in addresses:
        assert amount in texts(client.get(address).text, ".price"), address
    page = client.get(f"/sessions/{session.id}").text
    assert texts(page, "#price > .lines dd.sum") == [filters.money(booking.total)]
    two = held(SeatWish(session.id, 2))
    assert filters.money(two.total) not in page
    actions.let_go(a_guest_of(two), two.ref, now=NOW)
    assert filters.money(two.total) in client.get(f"/sessions/{session.id}?seats=2").text
    (found,) = choices(client.get(f"/search?what=session&where=Berlin&date={TUESDAY}&people=2").text)
    assert found["total"] == str(two.total_minor)


def test_an_hour_of_somebody_costs_the_same_on_their_card_on_their_page_and_held(
    client: Client, hour: tuple[Service, Facilitator]
) -> None:
    service, host = hour
    cards = choices(client.get(f"/search?what=person&where=Berlin&date={TUESDAY}&from=17:00&to=20:00").text)
    assert len({card["total"] for card in cards}) == 3, "at 17:30 half of it is dearer, at 18:00 all"
    for card in cards:
        start = dt.datetime.fromisoformat(card["start"])
        page = client.get(f"/people/jonas?service={service.slug}&minutes=60&start={start:%Y-%m-%dT%H:%MZ}").text
        booking = held(AppointmentWish(service.id, host.id, start, 60))
        actions.let_go(a_guest_of(booking), booking.ref, now=NOW)
        assert card["total"] == one(page, "form[action='/hold'] [name=total]")["value"] == str(booking.total_minor)
        assert filters.money_short(booking.total) in texts(page, ".choice b.sign")
    evening = client.get(f"/people/jonas?date={TUESDAY}").text
    assert texts(evening, ".slot small"), "dearer times of the day say so"


def test_what_was_agreed_stays_whatever_is_changed_afterwards(
    client: Client, room: Room, session: Session, hour: tuple[Service, Facilitator]
) -> None:
    service, host = hour
    extra = an_addon(db.session.get_one(Venue, room.venue_id))
    wishes = [
        RoomWish(room.id, Span(at("12:00"), at("16:00")), addons=((extra.id, 1),)),
        SeatWish(session.id, 2),
        AppointmentWish(service.id, host.id, at("11:00"), 60),
    ]
    bookings = [a_booking(wish) for wish in wishes]
    before = [agreed(booking) for booking in bookings]
    assert all(lines for lines, *_rest in before)
    over = dt.date(2020, 1, 1)
    db.session.execute(update(PriceRule).values(name="Changed", active=False, position=9, valid_until=over))
    db.session.execute(update(Room).values(rate_minor=1, day_rate_minor=1, name="Changed"))
    db.session.execute(update(ServiceLength).values(price_minor=1))
    db.session.execute(update(Session).values(price_minor=1))
    db.session.execute(update(Addon).values(price_minor=1, name="Changed"))
    db.session.execute(update(Facilitator).values(level="junior"))
    db.session.execute(update(Tax).values(percent=5, name="Changed"))
    db.session.commit()
    db.session.expire_all()
    assert [agreed(booking) for booking in bookings] == before
    db.session.execute(PriceRule.__table__.delete())
    db.session.commit()
    assert [agreed(booking) for booking in bookings] == before


def test_the_booking_says_why_it_cost_that_after_the_rules_are_gone(client: Client, room: Room) -> None:
    customer = a_person()
    booking = a_booking(RoomWish(room.id, Span(at("16:00"), at("20:00"))), actor=actor_of(customer))
    db.session.execute(PriceRule.__table__.delete())
    db.session.commit()
    db.session.expire_all()
    page = come_in(client, customer).get(f"/bookings/{booking.ref}").text
    assert "Only on Saturday and Sunday." in one(page, ".why").text
    found = db.session.get_one(Booking, booking.id, options=[selectinload(Booking.lines)])
    said = {verdict.label: filters.said(verdict.reason) for verdict in found.verdicts}
    assert len(said) == len(RULES)
    assert said["Evening +13\xa0%"] == "2 h of the time lies between 18:00 and 22:00 on Mon–Fri."
    assert said["Weekend"] == "Only on Saturday and Sunday."
    assert sum(verdict.amount.minor for verdict in found.verdicts) == sum(
        line.subtotal_minor for line in found.lines if line.kind == "rule"
    )


def a_guest_of(booking: Booking) -> Any:
    guest = a_guest()
    return type(guest)(visitor=booking.visitor)


def agreed(booking: Booking) -> tuple[Any, ...]:
    """Everything of a booking that was agreed, as the database has it now."""
    lines = db.session.execute(
        choose(
            BookingLine.kind, BookingLine.label, BookingLine.unit, BookingLine.quantity, BookingLine.unit_price_minor,
            BookingLine.subtotal_minor,
        )
        .where(BookingLine.booking_id == booking.id)
        .order_by(BookingLine.position)
    ).all()  # fmt: skip
    row = db.session.execute(
        choose(Booking.total_minor, Booking.currency, Booking.title, Booking.terms, Booking.tax, Booking.price_reasons)
        .where(Booking.id == booking.id)
    ).one()  # fmt: skip
    assert sum(line.subtotal_minor for line in lines) == row.total_minor == Money(row.total_minor, "EUR").minor
    return [tuple(line) for line in lines], tuple(row)
