"""Somebody with a password, and the letters they get."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from sqlalchemy import select

from bookapp.audit.models import AuditEntry
from bookapp.identity import passwords
from bookapp.identity.models import User
from bookapp.infra.db import db
from bookapp.notifications.models import MessageRecord
from tests.builders import a_user
from tests.support.client import Client
from tests.support.select import submit

NOW = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)
PASSWORD = "quiet lake at noon"
ANOTHER = "seven green bottles"
_HASH = passwords.hashed(PASSWORD)


def a_person(**facts: Any) -> User:
    """Somebody who signs in with PASSWORD."""
    return a_user(**({"password_hash": _HASH} | facts))


def come_in(client: Client, user: User) -> Client:
    """Sign in through the page."""
    answer = submit(client, "/login", "form.sheet", login=user.email, password=PASSWORD)
    assert answer.status_code == 303
    return client


def letters(kind: str = "", to: str = "") -> list[MessageRecord]:
    """What was promised to be sent, oldest first."""
    wanted = select(MessageRecord).where(MessageRecord.kind.startswith(f"identity.{kind}")).order_by(MessageRecord.id)
    return [letter for letter in db.session.scalars(wanted) if to in ("", letter.recipient)]


def path_in(letter: MessageRecord, beginning: str) -> str:
    """The path of the link in a letter that begins like this."""
    found = re.findall(rf"http://[^/\s]+({beginning}\S*)", letter.text)
    assert len(found) == 1, letter.text
    return str(found[0])


def token_in(letter: MessageRecord) -> str:
    """The secret in a letter."""
    return path_in(letter, "/(?:email|password)/").rpartition("/")[2]


def audited(user: User | None = None) -> list[str]:
    """What the trail says was done, to `user` or at all, oldest first."""
    entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id))
    return [entry.action for entry in entries if user is None or entry.subject == f"user:{user.id}"]
