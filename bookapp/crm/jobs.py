"""Work of the CRM, done by workers; safe to run twice."""

from __future__ import annotations

from bookapp.crm.actions import notifying
from bookapp.infra.queue import job


@job("crm.notify")
def notify(booking_id: int, facilitator_id: int, kind: str, key: str) -> None:
    """Tell a facilitator of one booking through the notify door."""
    notifying.notify(booking_id, facilitator_id, kind, key)
