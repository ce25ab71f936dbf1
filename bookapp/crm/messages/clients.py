"""What facilitators say to their clients through us. Words: templates/emails/crm/."""

from __future__ import annotations

import re

from flask import render_template
from flask_babel import gettext as _

from bookapp.catalog.models import Facilitator, Merchant
from bookapp.crm.models import ClientMessage
from bookapp.identity.models import User
from bookapp.infra.settings import public_url
from bookapp.notifications.rules import Message, one_line

_EMPTY_LINES = re.compile(r"\n{3,}")


def word_to_client(message: ClientMessage, client: User, person: Facilitator, house: Merchant) -> Message:
    """A facilitator's own words, with who it is from and where an answer goes: the house, not us."""
    context = {
        "name": client.name,
        "subject": message.subject,
        "paragraphs": [part.split("\n") for part in re.split(r"\n{2,}", message.text)],
        "words": message.text,
        "person": person.name,
        "house": house.name,
        "house_email": house.email,
        "bookings_url": public_url("/bookings"),
    }

    def words(part: str) -> str:
        return render_template(f"emails/crm/client_message/{part}", **context)

    return Message(
        kind="crm.client_message",
        cause=f"client_message:{message.id}",
        recipient_email=client.email,
        recipient_name=client.name,
        reply_to=house.email,
        user_id=client.id,
        subject=one_line(words("subject.txt")),
        text=_EMPTY_LINES.sub("\n\n", words("body.txt")).strip() + "\n",
        html=words("body.html"),
        notice=_("%(person)s of %(house)s wrote to you; it is in your mail.", person=person.name, house=house.name),
    )
