"""What providers told us, and how the work on it went. Never what is in it: a webhook's body names people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Row, func, select

from bookapp.infra.db import db
from bookapp.infra.outbox import OutboxRow
from bookapp.payments.models import WebhookEvent

WAITING, DONE = "waiting", "done"
WEBHOOK_STATES = (WAITING, DONE)
_PER_PAGE = 50
# Nobody presses the button more often; what was worked off so often is for a developer.
_MOST_RUNS = 20


@dataclass(frozen=True, slots=True)
class Work:
    """How working one off went: the last run's `state` ("due", "done", "dead", "" for a forgotten one), all `tries`."""

    state: str = ""
    runs: int = 0
    tries: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class WebhookPage:
    """One page of it, the newest first, each with its work; and whether there is another page."""

    rows: Sequence[tuple[Row[int, str, str, str, dt.datetime, dt.datetime | None], Work]]
    is_more: bool


def webhook_key(event_id: int, run: int) -> str:
    """What makes one run of the work on a webhook once only."""
    return f"webhook:{event_id}:{run}"


def webhooks(*, gateway: str = "", state: str = "", kind: str = "", page: int = 1) -> WebhookPage:
    """One page of what was received; filters as they are, `kind` by how it begins. Two queries, served by the id."""
    wanted = select(
        WebhookEvent.id, WebhookEvent.gateway, WebhookEvent.event_id, WebhookEvent.kind, WebhookEvent.received_at,
        WebhookEvent.processed_at,
    )  # fmt: skip
    if gateway:
        wanted = wanted.where(WebhookEvent.gateway == gateway)
    if kind:
        wanted = wanted.where(WebhookEvent.kind.startswith(kind, autoescape=True))
    if state == WAITING:
        wanted = wanted.where(WebhookEvent.processed_at.is_(None))
    elif state == DONE:
        wanted = wanted.where(WebhookEvent.processed_at.is_not(None))
    rows = db.session.execute(
        wanted.order_by(WebhookEvent.id.desc()).limit(_PER_PAGE + 1).offset((page - 1) * _PER_PAGE)
    ).all()
    work = webhook_work([row.id for row in rows[:_PER_PAGE]])
    return WebhookPage([(row, work[row.id]) for row in rows[:_PER_PAGE]], len(rows) > _PER_PAGE)


def webhook_work(event_ids: Collection[int]) -> dict[int, Work]:
    """The work on each of these, found by its keys."""
    whose = {webhook_key(event_id, run): event_id for event_id in event_ids for run in range(1, _MOST_RUNS + 1)}
    found = dict.fromkeys(event_ids, Work())
    for key, state, attempts, error in db.session.execute(
        select(OutboxRow.key, OutboxRow.state, OutboxRow.attempts, OutboxRow.last_error)
        .where(OutboxRow.key.in_(whose))
        .order_by(OutboxRow.id)
    ):
        before = found[whose[key]]
        found[whose[key]] = Work(state, before.runs + 1, before.tries + attempts, error or "")
    return found


def waiting_webhooks() -> tuple[int, dt.datetime | None]:
    """How many are not worked off, and since when the oldest of them waits; the small index of those serves it."""
    count, oldest = db.session.execute(
        select(func.count(), func.min(WebhookEvent.received_at)).where(WebhookEvent.processed_at.is_(None))
    ).one()
    return count, oldest
