"""What a facilitator says of themselves."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import HiddenField, IntegerField, StringField, TextAreaField
from wtforms.validators import InputRequired, NumberRange

from bookapp.catalog.rules import ProfileDraft
from bookapp.catalog.rules.drafts import MOST_YEARS
from bookapp.web.forms import Form


class ProfileForm(Form):
    """Everything of a profile that is not the house's to set; `version` is that of the profile it was made of."""

    headline = StringField(_("Headline"), description=_("In a few words, under your name: “Meditation and breath”."))
    about = TextAreaField(_("About you"))
    years = IntegerField(
        _("Years of experience"),
        [InputRequired(_("Please give a whole number.")), NumberRange(0, MOST_YEARS, _("Please give 0 to 80 years."))],
    )
    city = StringField(_("City"))
    version = HiddenField()

    @property
    def draft(self) -> ProfileDraft:
        """What was typed; ask only when it was validated."""
        return ProfileDraft(
            headline=self.headline.data or "",
            about=self.about.data or "",
            years=self.years.data or 0,
            city=self.city.data or "",
        )
