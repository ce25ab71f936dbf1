"""What we say about money to those who run a place. Words in templates/emails/payments/<mail>/."""

from __future__ import annotations

from typing import Any

from flask import current_app

from bookapp.infra.settings import public_url
from bookapp.notifications.rules import Message, one_line
from bookapp.payments.queries import Alerted
from bookapp.values.money import Money


def dispute_alert(person: Alerted, reference: str, *, dispute_id: int, state: str, amount: Money) -> Message:
    """A payment of booking `reference` is disputed, or that was decided: `state` is "open", "won" or "lost"."""
    facts = {
        "name": one_line(person.name),
        "reference": reference,
        "state": state,
        "amount": amount,
        "desk_url": public_url(f"/desk/money?q=dispute:{dispute_id}"),
    }
    subject = one_line(_render("subject.txt", facts))
    return Message(
        kind="payments.dispute",
        cause=f"dispute:{dispute_id}:{state}",
        reference=reference,
        recipient_email=person.email,
        recipient_name=person.name,
        user_id=person.user_id,
        notice=subject,
        subject=subject,
        text=_render("body.txt", facts).strip() + "\n",
        html=_render("body.html", facts),
    )


def _render(file: str, facts: dict[str, Any]) -> str:
    return current_app.jinja_env.get_template(f"emails/payments/dispute/{file}").render(facts)
