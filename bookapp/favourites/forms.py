"""What a heart says when it is pressed."""

from __future__ import annotations

from wtforms import HiddenField
from wtforms.validators import AnyOf, InputRequired, Length

from bookapp.web.forms import Form


class HeartForm(Form):
    """Which room or venue, whether to keep it, and the page the heart stands on."""

    kind = HiddenField(validators=[AnyOf(("room", "venue"))])
    slug = HiddenField(validators=[InputRequired(), Length(max=100)])
    keep = HiddenField(validators=[AnyOf(("yes", "no"))])
    back = HiddenField(validators=[Length(max=2000)])
