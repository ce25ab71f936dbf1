"""Delivery, done by workers; safe to run twice."""

from __future__ import annotations

from bookapp.infra import clock
from bookapp.infra.queue import job
from bookapp.notifications import actions


@job("notifications.deliver")
def deliver(message_id: int) -> None:
    """Hand one mail to the mail server. Twelve tries with the outbox's pauses are more than four hours."""
    actions.deliver(message_id, now=clock.now())
