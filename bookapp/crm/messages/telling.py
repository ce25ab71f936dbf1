"""What a host says to everybody who comes to one thing."""

from __future__ import annotations

from typing import Any

from flask import current_app
from flask_babel import gettext as _

from bookapp.booking.messages.summary import summary_of
from bookapp.crm.queries.roster import Address, Gathering
from bookapp.notifications.rules import Message, one_line


def running_late(gathering: Gathering, to: Address, minutes: int, *, cause: str) -> Message:
    """It begins a few minutes later than it should."""
    return _message("crm/late", gathering, to, cause=cause, minutes=minutes)


def told_by_host(gathering: Gathering, to: Address, words: str, *, cause: str) -> Message:
    """The host's own words, with what they are about."""
    return _message("crm/told", gathering, to, cause=cause, words=words)


def _message(mail: str, gathering: Gathering, to: Address, *, cause: str, **facts: Any) -> Message:
    host = gathering.host or _("Your host")
    hello = _("Hello %(name)s,", name=one_line(to.name)) if to.name else _("Hello,")
    booking = summary_of(to.booking)
    # Only whose booking it is gets the link that can cancel it; who comes along signs in to see it.
    link = booking.manage_url if to.email == to.booking.email else booking.page_url
    facts |= {"booking": booking, "hello": hello, "host": host, "title": gathering.title, "link": link}
    subject = one_line(_render(mail, "subject.txt", facts))
    return Message(
        kind=mail.replace("/", "."),
        cause=cause,
        reference=to.booking.ref,
        recipient_email=to.email,
        recipient_name=to.name,
        user_id=to.user_id,
        subject=subject,
        text=_render(mail, "body.txt", facts).strip() + "\n",
        html=_render(mail, "body.html", facts),
        notice=subject,
    )


def _render(mail: str, file: str, facts: dict[str, Any]) -> str:
    # Straight from the environment: what pages need in their context does not exist in a worker.
    return current_app.jinja_env.get_template(f"emails/{mail}/{file}").render(facts)
