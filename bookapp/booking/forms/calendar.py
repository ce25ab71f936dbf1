"""What is typed at a venue's calendar: a booking for a caller, where another one goes, why one is cancelled."""

from __future__ import annotations

import datetime as dt
import re

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.datastructures import MultiDict
from wtforms import EmailField, Field, HiddenField, RadioField, StringField, TelField
from wtforms.validators import InputRequired, Length, ValidationError

from bookapp.booking.forms import (
    LONGEST_NAME,
    LONGEST_REASON,
    MOST_PEOPLE,
    MOST_PIECES,
    ChangeForm,
)
from bookapp.identity.rules import email_address
from bookapp.scheduling.rules import asked_instant, asked_span
from bookapp.values.errors import NotValid
from bookapp.values.timespan import Span
from bookapp.values.words import N_
from bookapp.web.forms import OnceForm, Query

HOUSE, CUSTOMER = "house", "customer"
_PHONE = re.compile(r"\+?[0-9 ()./-]{5,30}")
_ADDON = re.compile(r"addon-(\d{1,12})")
_YEARS = range(2000, 2200)
_AMOUNT = re.compile(r"-?\d{1,14}")


class CallerForm(OnceForm):
    """Who calls. When, where and what besides is read by `asked_time` and `pieces_from`."""

    name = StringField(
        lazy_gettext("Name"), [InputRequired(lazy_gettext("Please give a name.")), Length(max=LONGEST_NAME)]
    )
    email = EmailField(lazy_gettext("Email"), [Length(max=254)])
    phone = TelField(lazy_gettext("Phone"))
    reason = StringField(lazy_gettext("Reason"), [Length(max=LONGEST_REASON)])

    def validate_email(self, field: Field) -> None:
        """An address, or nothing where there is a telephone."""
        if field.data and email_address(field.data) is None:
            raise ValidationError(_("This is not an email address."))
        if not field.data and not self.phone.data:
            raise ValidationError(_("Please give an email or a phone number: somebody must be reachable."))

    def validate_phone(self, field: Field) -> None:
        """Anything a telephone understands, or nothing."""
        if field.data and not _PHONE.fullmatch(field.data):
            raise ValidationError(_("Please give a phone number such as +44 20 7946 0958, or leave it empty."))


class DeskChangeForm(ChangeForm):
    """A move or a cancellation by the desk: at whose wish. What comes of the customer's own is `seen_asked`."""

    by = RadioField(lazy_gettext("At whose wish"), validate_choice=False)
    seen_asked = HiddenField()

    @property
    def asked(self) -> bool:
        """Whether the customer asked for it; whoever says nothing says that it is the house."""
        return bool(self.by.data == CUSTOMER)

    @property
    def amount_shown(self) -> int | None:
        """The amount (minor units) that stood beside what was chosen."""
        if not self.asked:
            return self.shown_minor
        return int(self.seen_asked.data) if _AMOUNT.fullmatch(self.seen_asked.data or "") else None


class PaidForm(OnceForm):
    """Money at the counter; why, where that has to be said."""

    reason = StringField(lazy_gettext("Reason"), [Length(max=LONGEST_REASON)])


def asked_time(fields: MultiDict[str, str], zone: str, *, length: dt.timedelta | None = None) -> Span:
    """The typed `date`, `from` and `to`; without `to` it is as long as `length`. Raises NotValid."""
    query = Query(fields)
    day = query.day("date")
    if day is None or day.year not in _YEARS:
        raise NotValid(query.errors or {"date": N_("Please give a date such as 2026-11-24.")})
    start, end = query.text("from", longest=12), query.text("to", longest=12)
    if length is None or end:
        return asked_span(day, start, end, zone)
    begins = asked_instant("from", day, start, zone)
    return Span(begins, begins + length)


def people_from(fields: MultiDict[str, str]) -> int:
    """How many come; one unless said. Raises NotValid."""
    query = Query(fields)
    people = query.integer("people", low=1, high=MOST_PEOPLE)
    if query.errors:
        raise NotValid(query.errors)
    return people or 1


def pieces_from(fields: MultiDict[str, str]) -> tuple[tuple[int, int], ...]:
    """How many of which add-on, as (id, pieces). Raises NotValid."""
    query = Query(fields)
    pieces = tuple(
        (int(match[1]), wanted)
        for name in fields
        if (match := _ADDON.fullmatch(name)) and (wanted := query.integer(name, low=0, high=MOST_PIECES) or 0)
    )
    if query.errors:
        raise NotValid(query.errors)
    return pieces
