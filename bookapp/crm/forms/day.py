"""What is typed on the day: a walk-in, time to block, a client to book, words for everybody."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext
from wtforms import EmailField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from bookapp.crm.actions.telling import LATE_MINUTES
from bookapp.web.forms import Form, OnceForm

LONGEST_NAME = 100
LONGEST_REASON = 200
LONGEST_WORDS = 1500


class WalkInForm(OnceForm):
    """Somebody who stands in the door."""

    name = StringField(
        lazy_gettext("Name"),
        validators=[InputRequired(lazy_gettext("Please give a name.")), Length(max=LONGEST_NAME)],
    )
    email = EmailField(lazy_gettext("Email"), validators=[Length(max=254)])
    reason = StringField(lazy_gettext("Why you do this for them"), validators=[Length(max=LONGEST_REASON)])


class BlockForm(OnceForm):
    """Time nobody is to be booked into."""

    # Named and written as `asked_span` reads them, so that a time that comes twice can be asked about.
    start = StringField(lazy_gettext("From"), name="from", id="block-from")
    end = StringField(lazy_gettext("To"), name="to")
    reason = StringField(lazy_gettext("What for"), validators=[Length(max=LONGEST_REASON)])


class BookForm(OnceForm):
    """A client for an appointment; `what` is service and minutes ("12:50")."""

    what = SelectField(lazy_gettext("What"), choices=[], validate_choice=True)
    start = StringField(lazy_gettext("At"), name="from", id="book-from")
    name = StringField(
        lazy_gettext("Name"),
        validators=[InputRequired(lazy_gettext("Please give a name.")), Length(max=LONGEST_NAME)],
    )
    email = EmailField(lazy_gettext("Email"), validators=[Length(max=254)])
    reason = StringField(
        lazy_gettext("Why you do this for them"), id="book-reason", validators=[Length(max=LONGEST_REASON)]
    )

    def offer(self, choices: Sequence[tuple[str, str]]) -> None:
        """What can be chosen, as (value, words)."""
        self.what.choices = [SelectChoice(value, words) for value, words in choices]

    @property
    def service_and_minutes(self) -> tuple[int, int]:
        """What was chosen, once it is valid."""
        service, minutes = self.what.data.split(":")
        return int(service), int(minutes)


class MessageForm(OnceForm):
    """Words for everybody who comes to one thing."""

    words = TextAreaField(
        lazy_gettext("What would you like to say?"),
        validators=[InputRequired(lazy_gettext("Please write something.")), Length(max=LONGEST_WORDS)],
    )


class LateForm(OnceForm):
    """How late one is."""

    minutes = SelectField(
        lazy_gettext("How late"),
        choices=[SelectChoice(str(one), str(one)) for one in LATE_MINUTES],
        validate_choice=True,
    )


class CorrectionForm(Form):
    """Afterwards: they came after all, or nobody did, and why one knows."""

    came = SelectField(
        lazy_gettext("What happened"),
        choices=[SelectChoice("yes", lazy_gettext("They came")), SelectChoice("no", lazy_gettext("Nobody came"))],
        validate_choice=True,
    )
    reason = StringField(
        lazy_gettext("Why"),
        validators=[
            InputRequired(lazy_gettext("Please say why: it is kept with the booking.")),
            Length(max=LONGEST_REASON),
        ],
    )
