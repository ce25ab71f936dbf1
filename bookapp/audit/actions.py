"""Write to the audit trail, inside the transaction of what happened."""

from __future__ import annotations

from typing import Any, Protocol

import structlog

from bookapp.audit.models import AuditEntry
from bookapp.infra.db import db


class Doer(Protocol):
    """What the trail needs to know of an actor."""

    @property
    def user_id(self) -> int | None: ...

    @property
    def impersonator_id(self) -> int | None: ...

    @property
    def label(self) -> str: ...


def record(
    actor: Doer, action: str, subject: str, facts: dict[str, Any] | None = None, *, reason: str | None = None
) -> None:
    """Note that `actor` did `action` ("booking.cancelled") to `subject` ("booking:B7K2QF").

    What follows from an act (by the house, in the same request) names the admin behind it as well.
    """
    db.session.add(AuditEntry(**entry(actor, action, subject, facts, reason=reason)))


def entry(
    actor: Doer, action: str, subject: str, facts: dict[str, Any] | None = None, *, reason: str | None = None
) -> dict[str, Any]:
    """The columns of what `record` notes, for whoever writes them in a larger statement."""
    context = structlog.contextvars.get_contextvars()
    return {
        "actor": actor.label,
        "user_id": actor.user_id,
        "impersonator_id": actor.impersonator_id or context.get("impersonator_id"),
        "action": action,
        "subject": subject,
        "facts": facts or {},
        "reason": reason,
        "request_id": context.get("request_id"),
    }
