"""A picture that is handed in, and the words about one."""

from __future__ import annotations

from flask_babel import lazy_gettext
from wtforms import FileField, HiddenField, StringField
from wtforms.validators import InputRequired, Length

from bookapp.web.forms import Form, OnceForm

_WORDS = lazy_gettext("Say in a few words what is on the picture.")
_ALT = lazy_gettext("What is on it")
_LONGEST = 300


class PhotoForm(OnceForm):
    """A new picture; the file itself is looked at by the action."""

    photo = FileField(
        lazy_gettext("Picture"), description=lazy_gettext("JPEG, PNG or WebP, at most 10 MB. Wide ones look best.")
    )
    alt = StringField(
        _ALT,
        [InputRequired(_WORDS), Length(max=_LONGEST)],
        description=lazy_gettext("Read out to people who cannot see it: “Long tables below a glass roof”."),
    )


class PhotoWordsForm(Form):
    """What is on a picture; `version` is what it said when the form was made."""

    alt = StringField(_ALT, [InputRequired(_WORDS), Length(max=_LONGEST)])
    version = HiddenField()
