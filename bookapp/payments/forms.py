"""What people type about money."""

from __future__ import annotations

from flask_babel import lazy_gettext
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from bookapp.web.forms import Form


class GiftCodeForm(Form):
    """The code of a gift card."""

    code = StringField(
        lazy_gettext("Code of a gift card"),
        [InputRequired(lazy_gettext("Please type the code of the card.")), Length(max=40)],
    )
