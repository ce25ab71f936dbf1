"""Reads of the audit trail."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, literal_column, or_, select

from bookapp.audit.models import AuditEntry
from bookapp.infra.db import db

_MOST = 500
PER_PAGE = 100
# What an admin did for a house they do not belong to; what one did as somebody else.
OVERRIDES, IMPERSONATED = "override", "impersonated"
ONLY = (OVERRIDES, IMPERSONATED)


@dataclass(frozen=True, slots=True)
class TrailFilter:
    """What of the trail is wanted; empty values want everything. `start` and `end` are instants, half-open.

    `user_id` is who did it, also where they acted as somebody else; `subject` is "booking:B7K2QF" or how one begins
    ("booking:"), `action` "booking.moved" or how one begins; `only` one of ONLY.
    """

    subject: str = ""
    user_id: int | None = None
    action: str = ""
    start: dt.datetime | None = None
    end: dt.datetime | None = None
    before_id: int | None = None
    only: str = ""


def trail(wanted: TrailFilter) -> tuple[Sequence[AuditEntry], int | None]:
    """A page of the trail, newest first, and the id to ask for entries before (None: there are none).

    By id, not by number of page: the trail grows while one reads. Served by the indexes on subject, user and time.
    """
    where: list[ColumnElement[bool]] = []
    if wanted.subject:
        exact = ":" in wanted.subject and not wanted.subject.endswith(":")
        same = AuditEntry.subject == wanted.subject
        where.append(same if exact else AuditEntry.subject.startswith(wanted.subject, autoescape=True))
    if wanted.user_id is not None:
        where.append(or_(AuditEntry.user_id == wanted.user_id, AuditEntry.impersonator_id == wanted.user_id))
    if wanted.action:
        where.append(AuditEntry.action.startswith(wanted.action, autoescape=True))
    if wanted.start is not None:
        where.append(AuditEntry.at >= wanted.start)
    if wanted.end is not None:
        where.append(AuditEntry.at < wanted.end)
    if wanted.only == OVERRIDES:
        # A literal: so that the index of just these is found.
        where.append(AuditEntry.facts.has_key(literal_column("'override'")))
    elif wanted.only == IMPERSONATED:
        where.append(AuditEntry.impersonator_id.is_not(None))
    if wanted.before_id is not None:
        where.append(AuditEntry.id < wanted.before_id)
    found = db.session.scalars(
        select(AuditEntry).where(*where).order_by(AuditEntry.id.desc()).limit(PER_PAGE + 1)
    ).all()
    older = found[PER_PAGE - 1].id if len(found) > PER_PAGE else None
    return found[:PER_PAGE], older


def story_of(*subjects: str) -> Sequence[AuditEntry]:
    """What happened to one record, or to several that belong together, oldest first."""
    return db.session.scalars(
        select(AuditEntry).where(AuditEntry.subject.in_(subjects)).order_by(AuditEntry.at, AuditEntry.id).limit(_MOST)
    ).all()
