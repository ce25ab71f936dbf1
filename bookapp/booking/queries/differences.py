"""What every free time would cost more or less than the booking costs: one reading, then sums."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select

from bookapp.booking import rules
from bookapp.booking.models import Booking
from bookapp.booking.queries.changes import agreed_lines, rest_is_open
from bookapp.booking.queries.prices import appointment_facts, room_facts
from bookapp.catalog.models import Addon, Facilitator, Room, Service, Venue
from bookapp.infra.db import db
from bookapp.pricing.queries import coupon_by_id, coupon_terms, tariff_of
from bookapp.pricing.rules import Extra, Facts, Subject, finished, price
from bookapp.pricing.rules.codes import Coupon
from bookapp.pricing.rules.tariffs import Tariff
from bookapp.scheduling.models import Session
from bookapp.values.money import Money
from bookapp.values.timespan import Span


@dataclass(frozen=True, slots=True)
class Differences:
    """Prices other times of one booking as `move_offer` does, in the same order, without a query for each."""

    now: dt.datetime
    people: int
    old: Money
    tariff: Tariff
    coupon: Coupon | None
    extras: tuple[Extra, ...]
    gift: Money
    whole: bool

    def of_room(self, room: Room, venue: Venue, span: Span) -> Money:
        """Another time, or another room."""
        return self._of(room_facts(room, venue, span, self.now))

    def of_session(self, session: Session) -> Money:
        """The same seats in another session; needs its facilitator."""
        return self._of(
            Facts(
                Subject.SEATS,
                session.title,
                Span(session.starts_at, session.ends_at),
                session.zone,
                Money(session.price_minor, session.currency),
                self.now,
                seats=self.people,
                seats_taken=session.seats_taken,
                capacity=session.capacity,
                level=session.facilitator.level if session.facilitator else "",
                venue_id=session.venue_id,
                service_id=session.service_id,
            )
        )

    def of_appointment(self, service: Service, person: Facilitator, minutes: int, at: dt.datetime) -> Money:
        """The same length at another time, or with another person."""
        length = next(each for each in service.lengths if each.minutes == minutes)
        return self._of(appointment_facts(service, length, person, at, self.now))

    def _of(self, facts: Facts) -> Money:
        quote = finished(price(facts, self.tariff.rules, self.extras), self.coupon, self.tariff.tax)
        return rules.charged(quote.total - self.old, self.gift, whole=self.whole)


def differences(booking: Booking, *, now: dt.datetime, by_merchant: bool = False) -> Differences:
    """Everything other times of `booking` are priced by. To the house they say by how much prices differ, to a
    customer what they would be charged."""
    lines = agreed_lines(booking)
    pieces = rules.extras_in(lines)
    addons = db.session.scalars(select(Addon).where(Addon.id.in_(pieces)).order_by(Addon.id)).all() if pieces else ()
    coupon = coupon_by_id(booking.coupon_id) if booking.coupon_id else None
    return Differences(
        now=now,
        people=booking.people,
        old=booking.total - rules.kept_so_far(lines, booking.currency),
        tariff=tariff_of(booking.merchant_id),
        coupon=coupon_terms(coupon) if coupon else None,
        extras=tuple(
            Extra(addon.id, addon.name, Money(addon.price_minor, booking.currency), pieces[addon.id])
            for addon in addons
        ),
        gift=Money.zero(booking.currency) if by_merchant else rules.given_so_far(lines, booking.currency),
        whole=by_merchant or rest_is_open(booking, now),
    )
