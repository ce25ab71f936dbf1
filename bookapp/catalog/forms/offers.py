"""Add-ons, people and the house itself as they are typed."""

from __future__ import annotations

import zoneinfo
from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import BooleanField, Field, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from bookapp.catalog.forms.drafted import DraftForm
from bookapp.catalog.forms.services import ChecksField, Named
from bookapp.catalog.models import Addon, Facilitator, Merchant
from bookapp.catalog.rules import AddonDraft, FacilitatorDraft, HouseDraft
from bookapp.catalog.rules.checks import LONG, SHORT, zone_known
from bookapp.catalog.states import AddonKind, Level
from bookapp.values.money import Money

_NEEDED = lazy_gettext("This is needed.")
_NUMBER = lazy_gettext("Please give a whole number.")


class AddonForm(DraftForm):
    """An add-on. Amounts are of `currency`; `venues` are (id, name) of where a new one can be offered.

    `kind` is that of the add-on as it stands: whether it comes back stays.
    """

    venue = SelectField(lazy_gettext("Offered with every room of"))
    name = StringField(lazy_gettext("Name"), [InputRequired(_NEEDED), Length(max=SHORT)])
    hint = StringField(
        lazy_gettext("In a few words"),
        [Length(max=SHORT)],
        description=lazy_gettext("Beside its name: “with screen and cable”."),
    )
    kind = SelectField(lazy_gettext("Kind"))
    price = StringField(lazy_gettext("A piece costs"), [InputRequired(_NEEDED), Length(max=20)])
    stock = IntegerField(lazy_gettext("How many there are"), [Optional()])
    listed = BooleanField(lazy_gettext("Offered with bookings to come"), default=True)

    drafted = {"price_minor": "price"}

    def __init__(self, *args: Any, currency: str, venues: Named = (), kind: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **({"kind": kind} if kind else {}), **kwargs)
        self.currency = currency
        kinds = [AddonKind(kind)] if kind else list(AddonKind)
        self.kind.choices = [(one.value, _(one.label)) for one in kinds]
        if kind:
            del self.venue
        else:
            self.venue.choices = [(str(one), name) for one, name in venues]

    @classmethod
    def of(cls, addon: Addon, *, currency: str, version: str) -> AddonForm:
        """The form of an add-on as it stands."""
        facts = {"name": addon.name, "hint": addon.hint, "stock": addon.stock, "listed": addon.listed}
        price = str(Money(addon.price_minor, currency).amount)
        return cls(formdata=None, currency=currency, kind=addon.kind, price=price, version=version, **facts)

    def validate_price(self, field: Field) -> None:
        """An amount such as 12.50."""
        self._minor(field)

    @property
    def draft(self) -> AddonDraft:
        """What was typed, in minor units."""
        return AddonDraft(
            name=self.name.data or "",
            kind=self.kind.data or "",
            price_minor=self._minor(self.price),
            stock=self.stock.data,
            hint=self.hint.data or "",
            listed=self.listed.data,
        )

    def _minor(self, field: Field) -> int:
        try:
            return Money.parse((field.data or "").replace(",", "."), self.currency).minor
        except ValueError:
            raise ValidationError(_("Please give an amount such as 27 or 12.50.")) from None


class PersonForm(DraftForm):
    """A facilitator. `house_zone` is the merchant's, meant by an empty choice; `accounts` are (id, name) of those who
    may sign in as them."""

    name = StringField(lazy_gettext("Name"), [InputRequired(_NEEDED), Length(max=SHORT)])
    level = SelectField(
        lazy_gettext("Level"),
        description=lazy_gettext("A price rule can make an hour dearer by it. Only the house sets it."),
    )
    years = IntegerField(lazy_gettext("Years of experience"), [InputRequired(_NUMBER)], default=0)
    headline = StringField(lazy_gettext("Headline"), [Length(max=SHORT)])
    about = TextAreaField(lazy_gettext("About them"), [Length(max=LONG)])
    city = StringField(lazy_gettext("City"), [Length(max=SHORT)])
    zone = SelectField(lazy_gettext("Time zone"), description=lazy_gettext("Their working hours are in it."))
    user_id = SelectField(
        lazy_gettext("Account"),
        description=lazy_gettext("Who signs in as them and sees their day. Members of the house only."),
    )
    listed = BooleanField(lazy_gettext("Shown: they can be found and booked"), default=True)

    def __init__(self, *args: Any, house_zone: str, accounts: Sequence[tuple[int, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = sorted(zone for zone in zoneinfo.available_timezones() if zone_known("zone", zone) is None)
        self.zone.choices = [("", _("as the house (%(zone)s)", zone=house_zone)), *((zone, zone) for zone in zones)]
        self.level.choices = [(one.value, _(one.label)) for one in Level]
        self.user_id.choices = [("", _("nobody yet")), *((str(one), name) for one, name in accounts)]

    @classmethod
    def of(
        cls, person: Facilitator, *, house_zone: str, accounts: Sequence[tuple[int, str]], version: str
    ) -> PersonForm:
        """The form of a person as they stand."""
        form = cls(formdata=None, obj=person, house_zone=house_zone, accounts=accounts, version=version)
        form.user_id.data = str(person.user_id or "")
        return form

    @property
    def draft(self) -> FacilitatorDraft:
        """What was typed."""
        return FacilitatorDraft(
            name=self.name.data or "",
            headline=self.headline.data or "",
            about=self.about.data or "",
            level=self.level.data or "",
            years=self.years.data or 0,
            zone=self.zone.data or "",
            city=self.city.data or "",
            user_id=int(self.user_id.data) if self.user_id.data else None,
            listed=self.listed.data,
        )


class HouseForm(DraftForm):
    """The house. `configured` are (name, label) of the ways to pay the platform has an account for.

    One that is switched on and not configured here stays as it is: nobody can choose what they cannot see.
    """

    name = StringField(lazy_gettext("Name"), [InputRequired(_NEEDED), Length(max=SHORT)])
    tagline = StringField(lazy_gettext("In one line"), [Length(max=SHORT)])
    about = TextAreaField(lazy_gettext("What it is like"), [Length(max=LONG)])
    email = StringField(lazy_gettext("Email for guests"), [Length(max=SHORT)])
    phone = StringField(lazy_gettext("Phone"), [Length(max=SHORT)])
    bookings_per_session = IntegerField(
        lazy_gettext("Bookings of one customer in one session"), [InputRequired(_NUMBER)],
        description=lazy_gettext("Each can be for several seats."),
    )  # fmt: skip
    gateways = ChecksField(lazy_gettext("Ways to pay"))

    def __init__(self, *args: Any, house: Merchant, configured: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._order = list(house.gateways)
        self.gateways.choices = list(configured)

    @classmethod
    def of(cls, house: Merchant, *, configured: Sequence[tuple[str, str]], version: str) -> HouseForm:
        """The form of the house as it stands."""
        form = cls(formdata=None, obj=house, house=house, configured=configured, version=version)
        known = [name for name, _label in configured]
        # A house none of whose ways can be used here sells by all there are.
        form.gateways.data = [name for name in house.gateways if name in known] or known
        return form

    @property
    def draft(self) -> HouseDraft:
        """What was typed; the ways to pay in the order they had, new ones after them."""
        seen = [name for name, _label in self.gateways.choices or ()]
        chosen = list(self.gateways.data or ())
        kept = [name for name in self._order if name in chosen or name not in seen]
        return HouseDraft(
            name=self.name.data or "",
            tagline=self.tagline.data or "",
            about=self.about.data or "",
            email=self.email.data or "",
            phone=self.phone.data or "",
            bookings_per_session=self.bookings_per_session.data or 0,
            gateways=() if seen and not chosen else tuple(dict.fromkeys([*kept, *chosen])),
        )
