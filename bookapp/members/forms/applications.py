"""What somebody would like to sell, and what an admin answers."""

from __future__ import annotations

import zoneinfo

from babel import Locale
from flask_babel import get_locale, lazy_gettext
from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import AnyOf, DataRequired, Length

from bookapp.catalog.rules.checks import COUNTRIES, CURRENCIES, zone_known
from bookapp.members.actions.applications import Wish
from bookapp.web.forms import Form

_NEEDED = DataRequired(lazy_gettext("Please fill this in."))
_CHOOSE = DataRequired(lazy_gettext("Please choose one."))
LONGEST_ABOUT = 2000
LONGEST_REASON = 500


class ApplicationForm(Form):
    """The house one would like to open here."""

    name = StringField(
        lazy_gettext("Name of your house"), [_NEEDED, Length(max=100)], render_kw={"autocomplete": "organization"}
    )
    about = TextAreaField(
        lazy_gettext("What you offer"),
        [_NEEDED, Length(max=LONGEST_ABOUT)],
        description=lazy_gettext("Rooms, classes, consultations: two sentences are enough. They stand on your page."),
        render_kw={"rows": 4},
    )
    city = StringField(lazy_gettext("City"), [_NEEDED, Length(max=100)], render_kw={"autocomplete": "address-level2"})
    country = SelectField(lazy_gettext("Country"), [_CHOOSE])
    currency = SelectField(
        lazy_gettext("Currency"), [_CHOOSE], description=lazy_gettext("In which you set prices and are paid out.")
    )
    zone = SelectField(lazy_gettext("Time zone"), [_CHOOSE])
    phone = StringField(lazy_gettext("Phone"), [Length(max=50)], render_kw={"type": "tel", "autocomplete": "tel"})

    def offer(self) -> ApplicationForm:
        """Set what can be chosen, in the reader's language."""
        locale = get_locale() or Locale("en")
        self.country.choices = [("", ""), *_named(COUNTRIES, locale.territories)]
        self.currency.choices = [
            ("", ""),
            *((code, f"{code} {name}") for code, name in _named(CURRENCIES, locale.currencies)),
        ]
        zones = sorted(zone for zone in zoneinfo.available_timezones() if zone_known("zone", zone) is None)
        self.zone.choices = [("", ""), *((zone, zone.replace("_", " ")) for zone in zones)]
        return self

    @property
    def wish(self) -> Wish:
        """What was typed."""
        return Wish(
            name=self.name.data,
            about=self.about.data,
            city=self.city.data,
            country=self.country.data,
            currency=self.currency.data,
            zone=self.zone.data,
            phone=self.phone.data,
        )


class RefusalForm(Form):
    """Why not."""

    reason = TextAreaField(
        lazy_gettext("Why not"),
        [
            DataRequired(lazy_gettext("Please say why: they read it, and it stays in the audit trail.")),
            Length(max=LONGEST_REASON),
        ],
        render_kw={"rows": 3},
    )


class StandingForm(Form):
    """Close or open a house, and why."""

    act = HiddenField(validators=[AnyOf(("close", "open"), lazy_gettext("Please choose one of the buttons."))])
    reason = StringField(
        lazy_gettext("Why"),
        [
            DataRequired(lazy_gettext("Please say why: its owners read it, and it stays in the audit trail.")),
            Length(max=LONGEST_REASON),
        ],
    )


def _named(codes: frozenset[str], names: dict[str, str]) -> list[tuple[str, str]]:
    return sorted(((code, names.get(code, code)) for code in codes), key=lambda pair: pair[1].casefold())
