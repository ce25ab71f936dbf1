"""What somebody wants to put on offer, before it exists: typed values that know what is wrong with them.

Forms, the import and the demo world make drafts; actions refuse one that has problems. Money is minor units, times are
minutes, zones IANA names, countries ISO 3166 codes of two letters, currencies ISO 4217 codes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bookapp.catalog.rules.checks import (
    Problem,
    between,
    country_known,
    currency_known,
    email_plausible,
    known,
    long_text,
    required_text,
    short_text,
    zone_known,
)
from bookapp.catalog.states import AddonKind, Amenity, Level, RoomType, ServiceKind
from bookapp.values.words import N_

MOST_PEOPLE = 100_000
MOST_MINOR = 10**10
DAY = 24 * 60
# Occupancy is bounded at 14 days (scheduling.models), buffer included.
LONGEST_MINUTES = 13 * DAY
LONGEST_BUFFER = DAY
LONGEST_NOTICE = 90 * DAY
LONGEST_HORIZON = 3 * 365
MOST_YEARS = 80
MOST_LENGTHS = 8


class Draft:
    """Something to be checked before it is made."""

    __slots__ = ()

    def problems(self) -> tuple[Problem, ...]:
        """Everything that is wrong, at most one problem per field; empty when it can be used."""
        found: dict[str, Problem] = {}
        for problem in self._found():
            if problem:
                found.setdefault(problem.field, problem)
        return tuple(found.values())

    def _found(self) -> Iterator[Problem | None]:
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class MerchantDraft(Draft):
    """A business that wants to sell here. Without `terms_id` it has the Standard terms."""

    name: str
    currency: str
    zone: str
    tagline: str = ""
    about: str = ""
    email: str = ""
    phone: str = ""
    terms_id: int | None = None
    bookings_per_session: int = 1

    def _found(self) -> Iterator[Problem | None]:
        yield required_text("name", self.name)
        yield currency_known("currency", self.currency)
        yield zone_known("zone", self.zone)
        yield short_text("tagline", self.tagline)
        yield long_text("about", self.about)
        yield email_plausible("email", self.email)
        yield short_text("phone", self.phone)
        yield between("bookings_per_session", self.bookings_per_session, 1, 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseDraft(Draft):
    """What a merchant says of itself and how it sells. Currency and zone are fixed: prices and statements are in them.

    `gateways` are the ways to pay that are switched on, the usual one first.
    """

    name: str
    tagline: str = ""
    about: str = ""
    email: str = ""
    phone: str = ""
    bookings_per_session: int = 1
    gateways: tuple[str, ...]

    def _found(self) -> Iterator[Problem | None]:
        yield required_text("name", self.name)
        yield short_text("tagline", self.tagline)
        yield long_text("about", self.about)
        yield email_plausible("email", self.email)
        yield short_text("phone", self.phone)
        yield between("bookings_per_session", self.bookings_per_session, 1, 100)
        if not self.gateways:
            yield Problem("gateways", N_("Leave at least one way to pay switched on."))


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueDraft(Draft):
    """A place. `zone` and `currency` left empty are the merchant's."""

    name: str
    address: str
    city: str
    country: str
    about: str = ""
    postcode: str = ""
    zone: str = ""
    currency: str = ""
    email: str = ""
    phone: str = ""
    capacity: int | None = None
    accessibility: str = ""
    how_to_find: str = ""

    def _found(self) -> Iterator[Problem | None]:
        yield required_text("name", self.name)
        yield required_text("address", self.address)
        yield required_text("city", self.city)
        yield country_known("country", self.country)
        yield long_text("about", self.about)
        yield short_text("postcode", self.postcode)
        yield zone_known("zone", self.zone) if self.zone else None
        yield currency_known("currency", self.currency) if self.currency else None
        yield email_plausible("email", self.email)
        yield short_text("phone", self.phone)
        yield between("capacity", self.capacity, 1, MOST_PEOPLE) if self.capacity is not None else None
        yield long_text("accessibility", self.accessibility)
        yield long_text("how_to_find", self.how_to_find)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomDraft(Draft):
    """A room to be hired by time; rates are per hour and per day, in the venue's currency."""

    name: str
    type: str
    capacity: int
    rate_minor: int
    day_rate_minor: int | None = None
    tagline: str = ""
    about: str = ""
    amenities: tuple[str, ...] = ()
    buffer_minutes: int = 0
    min_minutes: int = 60
    max_minutes: int = 600
    step_minutes: int = 30
    notice_minutes: int = 0
    horizon_days: int = 365
    terms_id: int | None = None

    def _found(self) -> Iterator[Problem | None]:
        yield required_text("name", self.name)
        yield known("type", self.type, RoomType)
        yield between("capacity", self.capacity, 1, MOST_PEOPLE)
        yield between("rate_minor", self.rate_minor, 0, MOST_MINOR)
        yield between("day_rate_minor", self.day_rate_minor, 0, MOST_MINOR) if self.day_rate_minor is not None else None
        yield short_text("tagline", self.tagline)
        yield long_text("about", self.about)
        for amenity in self.amenities:
            yield known("amenities", amenity, Amenity)
        yield between("buffer_minutes", self.buffer_minutes, 0, LONGEST_BUFFER)
        yield between("min_minutes", self.min_minutes, 1, LONGEST_MINUTES)
        yield between("max_minutes", self.max_minutes, self.min_minutes, LONGEST_MINUTES)
        yield between("step_minutes", self.step_minutes, 5, DAY)
        yield from _margins(self.notice_minutes, self.horizon_days)


@dataclass(frozen=True, slots=True, kw_only=True)
class FacilitatorDraft(Draft):
    """A person who hosts. An empty `zone` is the merchant's."""

    name: str
    headline: str = ""
    about: str = ""
    level: str = Level.JUNIOR.value
    years: int = 0
    zone: str = ""
    city: str = ""
    user_id: int | None = None
    listed: bool = True

    def _found(self) -> Iterator[Problem | None]:
        yield required_text("name", self.name)
        yield short_text("headline", self.headline)
        yield long_text("about", self.about)
        yield known("level", self.level, Level)
        yield between("years", self.years, 0, MOST_YEARS)
        yield zone_known("zone", self.zone) if self.zone else None
        yield short_text("city", self.city)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileDraft(Draft):
    """What a facilitator says of themselves. Name and level are the house's to set."""

    headline: str = ""
    about: str = ""
    years: int = 0
    city: str = ""

    def _found(self) -> Iterator[Problem | None]:
        yield short_text("headline", self.headline)
        yield long_text("about", self.about)
        yield between("years", self.years, 0, MOST_YEARS)
        yield short_text("city", self.city)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDraft(Draft):
    """What is offered on a schedule. `lengths` are (minutes, price in minor units); `hosts` and `rooms` are ids."""

    name: str
    kind: str
    lengths: tuple[tuple[int, int], ...]
    theme: str = ""
    tagline: str = ""
    about: str = ""
    bring: str = ""
    capacity: int = 1
    online: bool = False
    buffer_minutes: int = 0
    notice_minutes: int = 0
    horizon_days: int = 90
    step_minutes: int = 30
    terms_id: int | None = None
    private: bool = False
    listed: bool = True
    hosts: tuple[int, ...] = ()
    rooms: tuple[int, ...] = ()

    def _found(self) -> Iterator[Problem | None]:
        yield required_text("name", self.name)
        yield known("kind", self.kind, ServiceKind)
        yield from self._lengths_found()
        yield short_text("theme", self.theme)
        yield short_text("tagline", self.tagline)
        yield long_text("about", self.about)
        yield long_text("bring", self.bring)
        yield between("capacity", self.capacity, 1, MOST_PEOPLE)
        yield between("buffer_minutes", self.buffer_minutes, 0, LONGEST_BUFFER)
        yield between("step_minutes", self.step_minutes, 5, DAY)
        yield from _margins(self.notice_minutes, self.horizon_days)

    def _lengths_found(self) -> Iterator[Problem | None]:
        minutes = [length for length, _ in self.lengths]
        if not minutes:
            yield Problem("lengths", N_("Give at least one length with its price."))
        if len(set(minutes)) < len(minutes):
            yield Problem("lengths", N_("Each length can have only one price."))
        if len(minutes) > MOST_LENGTHS:
            yield Problem("lengths", N_("At most %(most)s lengths, please."), {"most": MOST_LENGTHS})
        for length, price in self.lengths:
            yield between("lengths", length, 1, LONGEST_MINUTES)
            yield between("lengths", price, 0, MOST_MINOR)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddonDraft(Draft):
    """Something extra. `kind` is "reusable" (needs a stock) or "consumable"; the price is per piece."""

    name: str
    kind: str
    price_minor: int
    stock: int | None = None
    hint: str = ""
    listed: bool = True

    def _found(self) -> Iterator[Problem | None]:
        yield required_text("name", self.name)
        yield short_text("hint", self.hint)
        yield known("kind", self.kind, AddonKind)
        yield between("price_minor", self.price_minor, 0, MOST_MINOR)
        if self.stock is not None:
            yield between("stock", self.stock, 0, MOST_PEOPLE)
        elif self.kind == "reusable":
            yield Problem("stock", N_("Something that comes back needs a number: how many there are."))


def _margins(notice_minutes: int, horizon_days: int) -> Iterator[Problem | None]:
    yield between("notice_minutes", notice_minutes, 0, LONGEST_NOTICE)
    yield between("horizon_days", horizon_days, 1, LONGEST_HORIZON)
