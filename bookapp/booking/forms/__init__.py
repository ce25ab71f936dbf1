"""What people type on the way to a booking: a wish, and who it is for."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from urllib.parse import parse_qsl

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, EmailField, Field, HiddenField, RadioField, StringField, TelField, TextAreaField
from wtforms.validators import AnyOf, InputRequired, Length, ValidationError

from bookapp.booking.queries.bulk import MOST_AT_ONCE
from bookapp.booking.queries.destinations import TO_ORIGINAL, TO_WALLET
from bookapp.booking.rules import AppointmentWish, Details, NewTime, Part, RoomWish, SeatWish, Wish
from bookapp.booking.rules.bookings import REF_LENGTH
from bookapp.booking.rules.bulk import Act
from bookapp.booking.states import BookingKind
from bookapp.catalog.queries import facilitator_by_slug, room_by_slug, service_by_slug
from bookapp.identity.rules import email_address
from bookapp.scheduling.rules import asked_span
from bookapp.values.errors import NotFound, NotValid
from bookapp.values.money import Money
from bookapp.values.words import N_
from bookapp.web.forms import Form, OnceForm, Query

MOST_SEATS = 50
MOST_PEOPLE = 10_000
MOST_PIECES = 1000
MOST_COMPANIONS = 40
LONGEST_NAME = 100
MOST_CHOSEN = 20
LONGEST_ADDRESS = 400
MOST_ADDRESS_LINES = 6
LONGEST_REASON = 500
LONGEST_WORDS = 1500
_LARGEST_MINOR = 10**12
# Beyond them there is nothing to book, and at the ends of the calendar no day before or after to reckon with.
_YEARS = range(2000, 2200)

_CANNOT_READ = N_("Part of what you chose did not arrive. Please choose the time again.")
_PHONE = re.compile(r"\+?[0-9 ()./-]{5,30}")
_SEEN = re.compile(r"(\d{1,12}):(-?\d{1,14})")
_ADDON = re.compile(r"addon-(\d{1,12})")


def _one_of_destinations(value: str | None) -> str:
    """ "original", "wallet", or nothing when nothing that can be chosen was."""
    return value if value in (TO_ORIGINAL, TO_WALLET) else ""


class HoldForm(OnceForm):
    """The hidden half of a reserve form; the visible half is read by `wish_from`."""


def chosen(fields: MultiDict[str, str]) -> MultiDict[str, str]:
    """The fields of a reserve form, those that its button packed into `choice` ("room=linden&total=5400") included.

    A page with twenty things to reserve has one form, and each button carries what differs.
    """
    whole = MultiDict(fields)
    try:
        packed = parse_qsl(whole.pop("choice", ""), max_num_fields=MOST_CHOSEN)
    except ValueError:
        raise NotValid({}, _CANNOT_READ) from None
    for name, value in packed:
        whole[name] = value
    return whole


def wish_from(fields: MultiDict[str, str]) -> tuple[Wish, int | None]:
    """The wish in a reserve form, and the total (minor units) its reader saw. Raises NotValid or NotFound."""
    query = Query(fields)
    kind = query.choice("kind", [kind.value for kind in BookingKind])
    try:
        wish = _WISHES[BookingKind(kind)](query, fields)
    except (KeyError, ValueError):
        raise NotValid({}, _CANNOT_READ) from None
    if query.errors:
        raise NotValid(query.errors)
    return wish, query.integer("total", low=0, high=10**11)


def _room_wish(query: Query, fields: MultiDict[str, str]) -> Wish:
    room = room_by_slug(query.text("room"))
    day = query.day("date")
    if day is None or day.year not in _YEARS:
        raise NotValid(query.errors or {"date": N_("Please give a date such as 2026-11-24.")})
    span = asked_span(day, query.text("from"), query.text("to"), room.venue.zone)
    addons = tuple(
        (int(match[1]), query.integer(name, low=0, high=MOST_PIECES) or 0)
        for name in fields
        if (match := _ADDON.fullmatch(name))
    )
    people = query.integer("people", low=1, high=MOST_PEOPLE) or 1
    return RoomWish(room.id, span, people, addons)


def _seat_wish(query: Query, _fields: MultiDict[str, str]) -> Wish:
    session = query.integer("session", low=1, high=2**53)
    if session is None:
        raise NotFound
    return SeatWish(session, query.integer("seats", low=1, high=MOST_SEATS) or 1)


def _appointment_wish(query: Query, _fields: MultiDict[str, str]) -> Wish:
    service, person = service_by_slug(query.text("service")), facilitator_by_slug(query.text("facilitator"))
    starts_at = dt.datetime.fromisoformat(query.text("start"))
    minutes = query.integer("minutes", low=1, high=24 * 60)
    if starts_at.tzinfo is None or minutes is None or starts_at.year not in _YEARS:
        raise NotValid({}, _CANNOT_READ)
    return AppointmentWish(service.id, person.id, starts_at.astimezone(dt.UTC), minutes)


_WISHES = {
    BookingKind.ROOM: _room_wish,
    BookingKind.SESSION: _seat_wish,
    BookingKind.APPOINTMENT: _appointment_wish,
}


def new_time_from(fields: MultiDict[str, str]) -> NewTime:
    """Where a booking is to go: `session`, or `start` (and `end`) with perhaps `room` or `person`.

    Raises NotValid or NotFound.
    """
    query = Query(fields)
    room, person = query.text("room"), query.text("person")
    try:
        start, end = (_instant(query.text(name)) for name in ("start", "end"))
    except ValueError:
        raise NotValid({}, _CANNOT_READ) from None
    return NewTime(
        start=start,
        end=end,
        room_id=room_by_slug(room).id if room else None,
        session_id=query.integer("session", low=1, high=10**11),
        facilitator_id=facilitator_by_slug(person).id if person else None,
    )


def part_from(fields: MultiDict[str, str]) -> Part:
    """What is to be given back: `seats`, and `addon-7` pieces of the add-on 7. Raises NotValid."""
    query = Query(fields)
    seats = query.integer("seats", low=0, high=MOST_PEOPLE) or 0
    addons = tuple(
        (int(match[1]), pieces)
        for name in fields
        if (match := _ADDON.fullmatch(name)) and (pieces := query.integer(name, low=0, high=MOST_PIECES) or 0)
    )
    if query.errors:
        raise NotValid(query.errors)
    return Part(seats, addons)


def _instant(text: str) -> dt.datetime | None:
    if not text:
        return None
    at = dt.datetime.fromisoformat(text)
    if at.tzinfo is None or at.year not in _YEARS:
        raise ValueError(text)
    return at.astimezone(dt.UTC)


class DetailsForm(Form):
    """Who books, and what the house should know."""

    name = StringField(
        lazy_gettext("Name"), [InputRequired(lazy_gettext("Please tell us your name.")), Length(max=LONGEST_NAME)]
    )
    email = EmailField(
        lazy_gettext("Email"), [InputRequired(lazy_gettext("Please give an email: the confirmation goes there."))]
    )
    phone = TelField(lazy_gettext("Phone"))
    postal_address = TextAreaField(lazy_gettext("Address for the invoice"), [Length(max=LONGEST_ADDRESS)])
    notes = TextAreaField(lazy_gettext("Anything they should know"), [Length(max=2000)])
    companions = TextAreaField(lazy_gettext("Who comes along"), [Length(max=8000)])

    def validate_email(self, field: Field) -> None:
        """Keep the one spelling we compare by."""
        address = email_address(field.data)
        if address is None:
            raise ValidationError(_("This is no email address; one looks like miriam@example.org."))
        field.data = address

    def validate_phone(self, field: Field) -> None:
        """Anything a telephone understands, or nothing."""
        if field.data and not _PHONE.fullmatch(field.data):
            raise ValidationError(_("Please give a phone number such as +44 20 7946 0958, or leave it empty."))

    def validate_postal_address(self, field: Field) -> None:
        """As many lines as an envelope has."""
        if len(_address_lines(field.data)) > MOST_ADDRESS_LINES:
            raise ValidationError(_("Please write the address in up to %(most)s lines.", most=MOST_ADDRESS_LINES))

    def validate_companions(self, field: Field) -> None:
        """One person a line: a name, and an email after a comma."""
        self.people = tuple(_companion(line) for line in (field.data or "").splitlines() if line.strip())
        if len(self.people) > MOST_COMPANIONS:
            raise ValidationError(_("Please name up to %(most)s people.", most=MOST_COMPANIONS))

    @property
    def details(self) -> Details:
        """The typed values; ask only after `validate`."""
        return Details(
            name=self.name.data,
            email=self.email.data,
            phone=self.phone.data or "",
            postal_address="\n".join(_address_lines(self.postal_address.data)),
            notes=self.notes.data or "",
            participants=self.people,
        )


def _address_lines(text: str | None) -> list[str]:
    return [line for each in (text or "").splitlines() if (line := " ".join(each.split()))]


class PayForm(Form):
    """How it is paid: from the wallet as far as it goes, the rest at one of the gateways (set their `choices`)."""

    wallet = BooleanField(lazy_gettext("Use your wallet"))
    gateway = RadioField(lazy_gettext("Pay with"), validate_choice=False)

    @property
    def gateway_name(self) -> str:
        """The chosen gateway; the first where none, or one that is not offered, was chosen; "" where there is none."""
        names = [name for name, _label in self.gateway.choices or ()]
        chosen_name: str = self.gateway.data if self.gateway.data in names else next(iter(names), "")
        return chosen_name


class CheckoutForm(DetailsForm, PayForm):
    """The whole checkout: who, a code, and how to pay."""

    code = StringField(lazy_gettext("Coupon or gift card"), [Length(max=40)])


class ChangeForm(OnceForm):
    """A change of a booking: what its reader saw ("version:minor units"), and where card money goes."""

    seen = HiddenField()
    # Of a merchant's change: its customer reads it.
    reason = StringField(lazy_gettext("Why, for the customer to read"), [Length(max=LONGEST_REASON)])
    refund_to = StringField(filters=[_one_of_destinations])

    @property
    def version(self) -> int | None:
        """The version of the booking that was shown."""
        return self._seen[0]

    @property
    def shown_minor(self) -> int | None:
        """The amount that was shown."""
        return self._seen[1]

    @property
    def _seen(self) -> tuple[int | None, int | None]:
        match = _SEEN.fullmatch(self.seen.data or "")
        return (int(match[1]), int(match[2])) if match else (None, None)


class MoveForm(ChangeForm, PayForm):
    """The one button of a move: what was shown, and how a difference is paid or goes back."""


class FindForm(Form):
    """ "Find my booking": only an email; the answer goes there."""

    email = EmailField(lazy_gettext("Email"), [InputRequired(lazy_gettext("Please give the email you booked with."))])

    def validate_email(self, field: Field) -> None:
        """Keep the one spelling we compare by."""
        address = email_address(field.data)
        if address is None:
            raise ValidationError(_("This is no email address; one looks like miriam@example.org."))
        field.data = address


class CancelForm(Form):
    """Cancelling one's own booking: why, and where card money goes when there is a choice."""

    reason = StringField(lazy_gettext("Why, if you like to say"), [Length(max=LONGEST_REASON)])
    to = StringField(filters=[_one_of_destinations])


class CallOffForm(OnceForm):
    """Cancelling a whole session."""

    reason = TextAreaField(lazy_gettext("Why"), [Length(max=LONGEST_REASON)])


class GoodwillForm(OnceForm):
    """How much to give back, why, and where to; amounts are of `currency`."""

    amount = StringField(lazy_gettext("Amount"), [InputRequired(lazy_gettext("Please say how much."))])
    reason = TextAreaField(
        lazy_gettext("Reason"),
        [
            InputRequired(lazy_gettext("Please say why: the customer reads it, and it stays with the booking.")),
            Length(max=LONGEST_REASON),
        ],
    )
    to = StringField(filters=[_one_of_destinations])

    def __init__(self, currency: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.money = Money.zero(currency)

    def validate_amount(self, field: Field) -> None:
        """An amount such as 12.50, more than nothing."""
        try:
            self.money = Money.parse(field.data.replace(",", "."), self.money.currency)
        except ValueError:
            raise ValidationError(_("Please give an amount such as 12.50.")) from None
        if not 0 < self.money.minor <= _LARGEST_MINOR:
            raise ValidationError(_("Please give an amount such as 12.50."))


class TakenForm(OnceForm):
    """Money was taken at the counter; why, where the platform does it for a house."""

    reason = StringField(lazy_gettext("Why"), [Length(max=LONGEST_REASON)], id="taken-reason")


class RefundAgainForm(OnceForm):
    """A refund that failed is sent once more; what one found out stays with its case."""

    note = StringField(lazy_gettext("Note"), [Length(max=LONGEST_REASON)])


class BulkForm(OnceForm):
    """One act on many bookings: which ("B7K2QF,B7K2QG") and why, or what is said to everybody."""

    act = HiddenField(validators=[AnyOf(list(Act))])
    refs = HiddenField(validators=[Length(max=MOST_AT_ONCE * (REF_LENGTH + 1))])
    reason = TextAreaField(lazy_gettext("Why"), [Length(max=LONGEST_WORDS)])

    @property
    def chosen(self) -> list[str]:
        """The refs, each once."""
        return sorted({ref for ref in (self.refs.data or "").upper().split(",") if ref})


class HouseCancelForm(Form):
    """The house cancels a booking: why, for its customer to read."""

    reason = TextAreaField(
        lazy_gettext("Why"),
        [
            InputRequired(lazy_gettext("Please say why: the customer reads it, and it stays with the booking.")),
            Length(max=LONGEST_REASON),
        ],
    )


def _companion(line: str) -> tuple[str, str]:
    name, _comma, email = (part.strip() for part in line.partition(","))
    address = email_address(email) if email else ""
    if not name or len(name) > LONGEST_NAME or address is None:
        raise ValidationError(_("Please write “%(line)s” as a name, or a name, a comma and an email.", line=line[:60]))
    return name, address
