"""What an invoice says about a booking, collected here because payments knows references and no bookings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from bookapp.booking.models import Booking, BookingLine
from bookapp.booking.states import BookingState
from bookapp.catalog.models import Merchant, Venue
from bookapp.infra.db import db
from bookapp.payments.queries import balance
from bookapp.pricing.rules.tax import rate_of, tax_within
from bookapp.values.money import Money, total

# Bookings whose price is owed; of all others only what was kept is.
_STANDS = (BookingState.CONFIRMED, BookingState.COMPLETED, BookingState.NO_SHOW)


def paper_facts(booking: Booking) -> dict[str, Any]:
    """Seller, buyer, and what was sold when and where, as they are now (JSON values)."""
    merchant = db.session.get_one(Merchant, booking.merchant_id)
    venue = _address(booking)
    town = " ".join(part for part in (venue.postcode, venue.city) if part) if venue else ""
    return {
        "reference": booking.ref,
        "seller": {
            "name": merchant.name,
            "lines": [line for line in (venue.address, town) if line] if venue else [],
            "country": venue.country if venue else "",
            "contact": merchant.email,
        },
        "buyer": {
            "name": booking.name or booking.email,
            "lines": [*booking.postal_address.splitlines(), *([booking.email] if booking.name else [])],
        },
        "zone": booking.zone,
        "service": {
            "title": booking.title,
            "place": booking.place,
            "starts_at": booking.starts_at.isoformat(),
            "ends_at": booking.ends_at.isoformat(),
        },
    }


def line_facts(booking: Booking, lines: Iterable[BookingLine]) -> dict[str, Any]:
    """Priced lines and the tax on them, as they were agreed (JSON values)."""
    lines = list(lines)
    return {
        "lines": [
            {
                "kind": line.kind,
                "label": line.label,
                "unit": line.unit,
                "quantity": str(Decimal(line.quantity).normalize()),
                "unit_price_minor": line.unit_price_minor,
                "amount_minor": line.subtotal_minor,
            }
            for line in lines
        ],
        "tax": _tax(booking, lines),
    }


def lines_by_cause(booking: Booking) -> dict[str, list[BookingLine]]:
    """The lines agreed at the hold under "", and those that each change added under its cause, in order."""
    groups: dict[str, list[BookingLine]] = {}
    for line in db.session.scalars(
        select(BookingLine).where(BookingLine.booking_id == booking.id).order_by(BookingLine.position)
    ):
        groups.setdefault(line.cause, []).append(line)
    return groups


def sum_of(lines: Iterable[BookingLine], currency: str) -> Money:
    """What lines come to."""
    return total((Money(line.subtotal_minor, currency) for line in lines), currency)


def owed(booking: Booking) -> tuple[Money, Money]:
    """(what its customer owes or has paid in all, what of that is still open)."""
    kept = balance(booking.ref, booking.currency).kept
    whole = max(kept, booking.total) if booking.state in _STANDS else kept
    return whole, whole - kept


def _tax(booking: Booking, lines: Sequence[BookingLine]) -> dict[str, Any] | None:
    rate = rate_of(booking.tax)
    if booking.tax is None or rate is None:
        return None
    if rate.inclusive:
        tax = tax_within(sum_of(lines, booking.currency), rate.percent)
    else:
        tax = sum_of((line for line in lines if line.kind == "tax"), booking.currency)
    return {**booking.tax, "minor": tax.minor}


def _address(booking: Booking) -> Venue | None:
    """Where it takes place, else the merchant's first venue: merchants have no address of their own."""
    if booking.venue_id is not None:
        return db.session.get(Venue, booking.venue_id)
    return db.session.scalar(select(Venue).where(Venue.merchant_id == booking.merchant_id).order_by(Venue.id).limit(1))
