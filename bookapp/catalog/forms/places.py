"""Venues and rooms as they are typed: to be made, and to be changed.

Both forms carry the key that makes a second click harmless and the version of what they were made of. Ask for `draft`
only when `validate()` was true; it has found everything the draft itself would complain about.
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Sequence
from typing import Any

from flask_babel import get_locale, lazy_gettext
from flask_babel import gettext as _
from wtforms import (
    Field,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    widgets,
)
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from bookapp.catalog.forms.drafted import DraftForm
from bookapp.catalog.forms.lengths import LengthField
from bookapp.catalog.models import Room, Venue
from bookapp.catalog.rules import RoomDraft, VenueDraft
from bookapp.catalog.rules.checks import COUNTRIES, LONG, SHORT, zone_known
from bookapp.catalog.states import Amenity, RoomType
from bookapp.values.money import Money

_NEEDED = lazy_gettext("This is needed.")
_NUMBER = lazy_gettext("Please give a whole number.")
_LENGTH = lazy_gettext("Please give a time such as 90, 1 h 30 or 2 d.")


class VenueForm(DraftForm):
    """A place. `house_zone` is the merchant's, meant by an empty choice."""

    name = StringField(lazy_gettext("Name"), [InputRequired(_NEEDED), Length(max=SHORT)])
    about = TextAreaField(lazy_gettext("What it is like"), [Length(max=LONG)])
    address = StringField(lazy_gettext("Street and number"), [InputRequired(_NEEDED), Length(max=SHORT)])
    postcode = StringField(lazy_gettext("Postcode"), [Length(max=20)])
    city = StringField(lazy_gettext("City"), [InputRequired(_NEEDED), Length(max=SHORT)])
    country = SelectField(lazy_gettext("Country"), [InputRequired(_NEEDED)])
    zone = SelectField(
        lazy_gettext("Time zone"), description=lazy_gettext("Opening hours and bookings are in the time of the place.")
    )
    email = StringField(lazy_gettext("Email for guests"), [Length(max=SHORT)])
    phone = StringField(lazy_gettext("Phone"), [Length(max=SHORT)])
    capacity = IntegerField(lazy_gettext("People in all"), [Optional()])
    accessibility = TextAreaField(lazy_gettext("Accessibility"), [Length(max=LONG)])
    how_to_find = TextAreaField(
        lazy_gettext("How to find it"),
        [Length(max=LONG)],
        description=lazy_gettext("Stands in the mail of each booking."),
    )

    def __init__(self, *args: Any, house_zone: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = get_locale().territories
        countries = sorted(((code, names.get(code, code)) for code in COUNTRIES), key=lambda one: one[1])
        self.country.choices = [("", lazy_gettext("Please choose")), *countries]
        zones = sorted(zone for zone in zoneinfo.available_timezones() if zone_known("zone", zone) is None)
        self.zone.choices = [
            ("", lazy_gettext("as the house (%(zone)s)", zone=house_zone)),
            *((zone, zone) for zone in zones),
        ]

    @classmethod
    def of(cls, venue: Venue, *, house_zone: str, version: str) -> VenueForm:
        """The form of a venue as it stands."""
        return cls(formdata=None, obj=venue, house_zone=house_zone, version=version)

    @property
    def draft(self) -> VenueDraft:
        """What was typed; the currency is the merchant's."""
        return VenueDraft(
            name=self.name.data or "",
            about=self.about.data or "",
            address=self.address.data or "",
            postcode=self.postcode.data or "",
            city=self.city.data or "",
            country=self.country.data or "",
            zone=self.zone.data or "",
            email=self.email.data or "",
            phone=self.phone.data or "",
            capacity=self.capacity.data,
            accessibility=self.accessibility.data or "",
            how_to_find=self.how_to_find.data or "",
        )


class AmenitiesField(SelectMultipleField):
    """Everything a room may have, as checkboxes."""

    widget = widgets.ListWidget(prefix_label=False)
    option_widget = widgets.CheckboxInput()


class RoomForm(DraftForm):
    """A room. Amounts are of `currency`; `terms` are (id, name) of what its house can choose from."""

    name = StringField(lazy_gettext("Name"), [InputRequired(_NEEDED), Length(max=SHORT)])
    type = SelectField(lazy_gettext("Type"))
    tagline = StringField(lazy_gettext("In one line"), [Length(max=SHORT)])
    about = TextAreaField(lazy_gettext("What it is like"), [Length(max=LONG)])
    capacity = IntegerField(lazy_gettext("People"), [InputRequired(_NUMBER)])
    amenities = AmenitiesField(lazy_gettext("What it has"))
    rate = StringField(lazy_gettext("An hour costs"), [InputRequired(_NEEDED), Length(max=20)])
    day_rate = StringField(
        lazy_gettext("A day costs at most"),
        [Length(max=20)],
        description=lazy_gettext("Empty: every hour counts."),
    )
    min_minutes = LengthField(lazy_gettext("At least"), [InputRequired(_LENGTH)], default=60)
    max_minutes = LengthField(lazy_gettext("At most"), [InputRequired(_LENGTH)], default=600)
    step_minutes = LengthField(lazy_gettext("In steps of"), [InputRequired(_LENGTH)], default=30)
    buffer_minutes = LengthField(
        lazy_gettext("Kept free afterwards"), [InputRequired(_LENGTH)], default=0,
        description=lazy_gettext("To clean and air; nobody pays for it."),
    )  # fmt: skip
    notice_minutes = LengthField(
        lazy_gettext("Notice"), [InputRequired(_LENGTH)], default=0,
        description=lazy_gettext("Not booked later than this before the start."),
    )  # fmt: skip
    horizon_days = IntegerField(
        lazy_gettext("Days ahead"), [InputRequired(_NUMBER)], default=365,
        description=lazy_gettext("Not booked earlier than this."),
    )  # fmt: skip
    terms_id = SelectField(lazy_gettext("Cancellation terms"))

    drafted = {"rate_minor": "rate", "day_rate_minor": "day_rate"}

    def __init__(self, *args: Any, currency: str, terms: Sequence[tuple[int, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency
        self.type.choices = [(one.value, _(one.label)) for one in RoomType]
        self.amenities.choices = [(one.value, _(one.label)) for one in Amenity]
        self.terms_id.choices = [
            ("", lazy_gettext("as the house")),
            *((str(terms_id), name) for terms_id, name in terms),
        ]

    @classmethod
    def of(cls, room: Room, *, currency: str, terms: Sequence[tuple[int, str]], version: str) -> RoomForm:
        """The form of a room as it stands."""
        day_rate = None if room.day_rate_minor is None else str(Money(room.day_rate_minor, currency).amount)
        form = cls(
            formdata=None, obj=room, currency=currency, terms=terms, version=version, day_rate=day_rate,
            rate=str(Money(room.rate_minor, currency).amount),
        )  # fmt: skip
        form.terms_id.data = str(room.terms_id or "")
        return form

    def validate_rate(self, field: Field) -> None:
        """An amount such as 27 or 12.50."""
        self._minor(field)

    def validate_day_rate(self, field: Field) -> None:
        """The same, or nothing."""
        self._minor(field)

    @property
    def draft(self) -> RoomDraft:
        """What was typed, in minor units and minutes."""
        return RoomDraft(
            name=self.name.data or "",
            type=self.type.data or "",
            tagline=self.tagline.data or "",
            about=self.about.data or "",
            capacity=self.capacity.data or 0,
            amenities=tuple(self.amenities.data or ()),
            rate_minor=self._minor(self.rate) or 0,
            day_rate_minor=self._minor(self.day_rate),
            min_minutes=self.min_minutes.data or 0,
            max_minutes=self.max_minutes.data or 0,
            step_minutes=self.step_minutes.data or 0,
            buffer_minutes=self.buffer_minutes.data or 0,
            notice_minutes=self.notice_minutes.data or 0,
            horizon_days=self.horizon_days.data or 0,
            terms_id=int(self.terms_id.data) if self.terms_id.data else None,
        )

    def _minor(self, field: Field) -> int | None:
        if not field.data:
            return None
        try:
            return Money.parse(field.data.replace(",", "."), self.currency).minor
        except ValueError:
            raise ValidationError(_("Please give an amount such as 27 or 12.50.")) from None
