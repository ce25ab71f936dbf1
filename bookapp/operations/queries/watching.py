"""The parts this is made of, one by one: are they there, when was the last backup, how full is the disk."""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from redis import RedisError
from sqlalchemy import func, select

from bookapp.audit.models import AuditEntry
from bookapp.infra.claims import PERIODIC
from bookapp.infra.db import db
from bookapp.infra.outbox import OutboxRow
from bookapp.infra.queue import doorbell

# Rates are of the last so many minutes: long enough to be calm, short enough to be now.
RATE_MINUTES = 5
RATES = ("booking.held", "booking.confirmed", "payment.succeeded")
# The work that the scheduler promises most often, and how often (bookapp.schedule).
_PULSE, _PULSE_SECONDS = "booking.expire_holds", 10
_SLOTS_BACK = 360
_LATE = dt.timedelta(minutes=1)
# A backup is daily; a disk that is fuller than this has a bad day before it.
_OLD_BACKUP = dt.timedelta(hours=26)
_LEAST_FREE = 10


@dataclass(frozen=True, slots=True)
class Part:
    """One of them: `state` "good", "wait" or "bad", the figures that go with it, and a moment where there is one."""

    name: str
    state: str
    figures: dict[str, int] = field(default_factory=dict)
    at: dt.datetime | None = None


def parts(folder: Path, now: dt.datetime) -> list[Part]:
    """Redis, the worker, the scheduler, the last backup in `folder`/backups, and the disk that `folder` is on."""
    return [*_redis(), _scheduler(now), _backup(folder / "backups", now), _disk(folder)]


def rates(now: dt.datetime) -> dict[str, float]:
    """How many a minute, over the last RATE_MINUTES: jobs done, and what RATES names in the audit trail."""
    since = now - dt.timedelta(minutes=RATE_MINUTES)
    done = db.session.scalar(
        select(func.count()).select_from(OutboxRow).where(OutboxRow.state == "done", OutboxRow.finished_at >= since)
    )
    rows = db.session.execute(
        select(AuditEntry.action, func.count())
        .where(AuditEntry.at >= since, AuditEntry.action.in_(RATES))
        .group_by(AuditEntry.action)
    )
    counts = dict.fromkeys(RATES, 0) | {row[0]: row[1] for row in rows}
    return {name: count / RATE_MINUTES for name, count in {"jobs": done or 0, **counts}.items()}


def _redis() -> list[Part]:
    """Whether it answers, how many rings wait in it, and how many workers are listening."""
    bell = doorbell()
    try:
        waiting, workers = bell.waiting(), bell.workers()
    except RedisError:
        return [Part("redis", "bad"), Part("worker", "wait")]
    return [
        Part("redis", "good", {"waiting": waiting}),
        Part("worker", "good" if workers else "bad", {"workers": workers}),
    ]


def _scheduler(now: dt.datetime) -> Part:
    """When it last promised what it promises every ten seconds; it waits while the one before has not had its turn."""
    slot = int(now.timestamp()) // _PULSE_SECONDS
    keys = [f"{PERIODIC}{_PULSE}:{each}" for each in range(slot - _SLOTS_BACK, slot + 1)]
    last, waits = db.session.execute(
        select(func.max(OutboxRow.created_at), func.bool_or(OutboxRow.state == "due")).where(OutboxRow.key.in_(keys))
    ).one()
    if last is None:
        return Part("scheduler", "bad")
    is_late = last < now - _LATE
    return Part("scheduler", "good" if not is_late else "wait" if waits else "bad", at=last)


def _backup(folder: Path, now: dt.datetime) -> Part:
    """The newest file among the backups."""
    try:
        newest = max((path.stat().st_mtime for path in folder.iterdir() if path.is_file()), default=None)
    except OSError:
        newest = None
    if newest is None:
        return Part("backup", "wait")
    at = dt.datetime.fromtimestamp(newest, dt.UTC)
    return Part("backup", "good" if at > now - _OLD_BACKUP else "bad", at=at)


def _disk(folder: Path) -> Part:
    try:
        whole, _used, free = shutil.disk_usage(folder)
    except OSError:
        return Part("disk", "bad")
    percent = free * 100 // whole
    return Part("disk", "good" if percent >= _LEAST_FREE else "bad", {"gigabytes": free // 10**9, "percent": percent})
