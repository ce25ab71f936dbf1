"""Puts a whole sheet of venues and rooms into the catalogue, or none of it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select, text

from bookapp.audit.actions import record
from bookapp.catalog.actions.checked import allowed
from bookapp.catalog.actions.places import new_room, new_venue, room_slugs, venue_slugs
from bookapp.catalog.errors import SheetRefused
from bookapp.catalog.events import HoursGiven
from bookapp.catalog.models import Merchant, Resource, Room, Venue
from bookapp.catalog.policy import may_run_merchant
from bookapp.catalog.rules import free_slug
from bookapp.catalog.rules.sheet import Fault, RoomRow, Sheet, VenueRow, WeeklyHours
from bookapp.identity.actor import Actor
from bookapp.infra.db import action, db
from bookapp.infra.events import publish
from bookapp.values.money import Money
from bookapp.values.words import N_


@dataclass(frozen=True, slots=True)
class Imported:
    """How much was made."""

    venues: int
    rooms: int


@action
def import_sheet(actor: Actor, sheet: Sheet) -> Imported:
    """Make every venue and room of the sheet. Raises SheetRefused with everything that is wrong; NotAllowed.

    What is there already, by name, is a fault: an import never changes anything.
    """
    here = _Catalogue.of(sheet)
    for merchant in here.merchants.values():
        allowed(may_run_merchant(actor, merchant.id))
    faults = [*sheet.faults, *_venue_faults(sheet, here), *_room_faults(sheet, here)]
    if faults:
        raise SheetRefused(faults)
    venues = _make_venues(actor, sheet, here)
    rooms = _make_rooms(actor, sheet, here)
    return Imported(venues, rooms)


Key = tuple[int, str]


@dataclass
class _Catalogue:
    """What is there already of what the sheet names, and what the sheet itself adds. Names without case."""

    merchants: dict[str, Merchant] = field(default_factory=dict)
    venues: dict[Key, list[Venue]] = field(default_factory=dict)
    slugs: dict[Key, Venue] = field(default_factory=dict)
    rooms: set[Key] = field(default_factory=set)
    new_venues: dict[Key, VenueRow] = field(default_factory=dict)
    made: dict[Key, Venue] = field(default_factory=dict)

    @classmethod
    def of(cls, sheet: Sheet) -> _Catalogue:
        """Three queries, whatever the size of the sheet."""
        here = cls()
        names = {row.merchant for row in sheet.venues} | {row.merchant for row in sheet.rooms}
        here.merchants = {
            each.slug: each for each in db.session.scalars(select(Merchant).where(Merchant.slug.in_(names)))
        }
        merchant_ids = [merchant.id for merchant in here.merchants.values()]
        for venue in db.session.scalars(select(Venue).where(Venue.merchant_id.in_(merchant_ids))):
            here.venues.setdefault((venue.merchant_id, venue.name.casefold()), []).append(venue)
            here.slugs[venue.merchant_id, venue.slug] = venue
        rooms = select(Room.venue_id, Room.name).join(Venue).where(Venue.merchant_id.in_(merchant_ids))
        here.rooms = {(venue_id, name.casefold()) for venue_id, name in db.session.execute(rooms)}
        for row in sheet.venues:
            if merchant := here.merchants.get(row.merchant):
                here.new_venues.setdefault((merchant.id, row.draft.name.casefold()), row)
        return here


def _venue_faults(sheet: Sheet, here: _Catalogue) -> Iterator[Fault]:
    for row in sheet.venues:
        merchant = here.merchants.get(row.merchant)
        if merchant is None:
            yield from _unknown_merchant(row)
            continue
        key = (merchant.id, row.draft.name.casefold())
        first = here.new_venues[key]
        if first is not row:
            yield _twice(row, first.line)
        elif row.draft.name and key in here.venues:
            yield Fault(row.line, "name", N_("A venue called “%(name)s” is there already."), {"name": row.draft.name})


def _room_faults(sheet: Sheet, here: _Catalogue) -> Iterator[Fault]:
    seen: dict[tuple[Any, str], int] = {}
    for row in sheet.rooms:
        merchant = here.merchants.get(row.merchant)
        if merchant is None:
            yield from _unknown_merchant(row)
            continue
        place = (merchant.id, row.venue.casefold())
        existing = here.slugs.get(place) or next(iter(here.venues.get(place, ())), None)
        if place in here.new_venues:
            currency = here.new_venues[place].draft.currency or merchant.currency
        elif existing is None:
            if row.venue:
                yield Fault(
                    row.line,
                    "venue",
                    N_("There is no venue “%(venue)s” at %(merchant)s, neither in the file nor before."),
                    {"venue": row.venue, "merchant": merchant.name},
                )
            continue
        else:
            currency = existing.currency
            if place not in here.slugs and len(here.venues[place]) > 1:
                yield Fault(row.line, "venue", N_("Several venues are called so. Write the one from its address."))
        yield from _rate_faults(row, currency)
        name = row.draft.name.casefold()
        line = seen.setdefault((existing.id if existing else place, name), row.line)
        if line != row.line:
            yield _twice(row, line)
        elif existing and (existing.id, name) in here.rooms:
            yield Fault(row.line, "name", N_("A room called “%(name)s” is there already."), {"name": row.draft.name})


def _rate_faults(row: RoomRow, currency: str) -> Iterator[Fault]:
    for column, cell in (("rate", row.rate), ("day_rate", row.day_rate)):
        if cell and _minor(cell, currency) is None:
            yield Fault(
                row.line,
                column,
                N_("“%(value)s” is not an amount of %(currency)s. Write one such as 27.50, with a point."),
                {"value": cell, "currency": currency},
            )


def _minor(cell: str, currency: str) -> int | None:
    """Minor units, or None when the cell is no amount; a broken currency, noted elsewhere, gets no second fault."""
    if not re.fullmatch(r"[0-9]{1,8}(\.[0-9]{1,4})?", cell):
        return None
    try:
        return Money.parse(cell, currency if re.fullmatch(r"[A-Z]{3}", currency) else "KWD").minor
    except ValueError:
        return None


def _unknown_merchant(row: VenueRow | RoomRow) -> Iterator[Fault]:
    if row.merchant:
        sentence = N_("There is no merchant “%(merchant)s”. Write it as in its address, /at/….")
        yield Fault(row.line, "merchant", sentence, {"merchant": row.merchant})


def _twice(row: VenueRow | RoomRow, line: int) -> Fault:
    sentence = N_("“%(name)s” is in line %(line)s already.")
    return Fault(row.line, "name", sentence, {"name": row.draft.name, "line": line})


def _make_venues(actor: Actor, sheet: Sheet, here: _Catalogue) -> int:
    taken = _all_slugs(Venue)
    for row in sheet.venues:
        merchant = here.merchants[row.merchant]
        slug = _claim(taken, venue_slugs(row.draft))
        venue = new_venue(merchant, row.draft, slug)
        here.made[merchant.id, row.draft.name.casefold()] = venue
    db.session.add_all(here.made.values())
    db.session.flush()
    for row in sheet.venues:
        venue = here.made[here.merchants[row.merchant].id, row.draft.name.casefold()]
        record(actor, "venue.created", f"venue:{venue.id}", {"merchant_id": venue.merchant_id, "line": row.line})
        _tell_hours(row.hours, venue_id=venue.id)
    return len(sheet.venues)


def _make_rooms(actor: Actor, sheet: Sheet, here: _Catalogue) -> int:
    taken = _all_slugs(Room)
    resources = [Resource(kind="room") for _ in sheet.rooms]
    db.session.add_all(resources)
    db.session.flush()
    rooms = []
    for row, resource in zip(sheet.rooms, resources, strict=True):
        place = (here.merchants[row.merchant].id, row.venue.casefold())
        venue = here.made.get(place) or here.slugs.get(place) or here.venues[place][0]
        draft = dataclasses.replace(
            row.draft,
            rate_minor=_minor(row.rate, venue.currency) or 0,
            day_rate_minor=_minor(row.day_rate, venue.currency) if row.day_rate else None,
        )
        rooms.append(new_room(venue, resource, draft, _claim(taken, room_slugs(draft, venue))))
    db.session.add_all(rooms)
    db.session.flush()
    for row, room in zip(sheet.rooms, rooms, strict=True):
        facts = {"venue_id": room.venue_id, "rate_minor": room.rate_minor, "capacity": room.capacity, "line": row.line}
        record(actor, "room.created", f"room:{room.id}", facts)
        _tell_hours(row.hours, room_id=room.id)
    return len(sheet.rooms)


def _all_slugs(model: type[Venue] | type[Room]) -> set[str]:
    """Every slug in use; whoever names one meanwhile waits for us."""
    db.session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:what))"), {"what": f"slug:{model.__name__}"})
    return set(db.session.scalars(select(model.slug)))


def _claim(taken: set[str], candidates: Sequence[str]) -> str:
    slug = free_slug(candidates, taken)
    taken.add(slug)
    return slug


def _tell_hours(hours: tuple[WeeklyHours, ...], *, venue_id: int | None = None, room_id: int | None = None) -> None:
    if hours:
        publish(HoursGiven(venue_id, room_id, hours))
