"""What a facilitator writes about, or to, a client."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from bookapp.crm.rules.clients import LONGEST_MESSAGE, LONGEST_NOTE, LONGEST_SUBJECT, LONGEST_TAG
from bookapp.web.forms import Form, OnceForm


class TagForm(Form):
    """One more tag."""

    tag = StringField(_("New tag"), [DataRequired(_("Please name the tag.")), Length(max=LONGEST_TAG)])


class NoteForm(OnceForm):
    """One more note."""

    text = TextAreaField(_("New note"), [DataRequired(_("Please write something.")), Length(max=LONGEST_NOTE)])


class WriteForm(OnceForm):
    """A mail to a client."""

    subject = StringField(_("Subject"), [DataRequired(_("Please give a subject.")), Length(max=LONGEST_SUBJECT)])
    words = TextAreaField(_("Message"), [DataRequired(_("Please write something.")), Length(max=LONGEST_MESSAGE)])
