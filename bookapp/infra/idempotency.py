"""The same click, retry or lost answer twice: done once, answered the same (guarantees.md 5).

The key is stored in the transaction of what it guards. A concurrent duplicate waits on the unique row until the first
has committed and reads its result; if the first was refused and rolled back, the second is the first.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable
from typing import Any

from sqlalchemy import Index, UniqueConstraint, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped

from bookapp.infra.db import created_at, db, pk
from bookapp.values.errors import NotPossibleNow
from bookapp.values.words import N_

KEPT = dt.timedelta(hours=24)
LONGEST_KEY = 200


class IdempotencyKey(db.Model):
    """`scope` (caller and route) used `key` for input with this hash; `result` is what was answered."""

    __tablename__ = "idempotency_key"

    id: Mapped[pk]
    scope: Mapped[str]
    key: Mapped[str]
    input_hash: Mapped[str]
    result: Mapped[dict[str, Any] | None]
    created_at: Mapped[created_at]

    __table_args__ = (UniqueConstraint("scope", "key"), Index("ix_idempotency_key_created_at", "created_at"))


class KeyReused(NotPossibleNow):
    """The same key with other input: somebody changed the form after it was sent."""

    code = "key_reused"
    sentence = N_("This was sent before with other details. Please open the page again and send it once more.")


def fingerprint(**values: Any) -> str:
    """A hash of the understood input; equal for equal values, whatever the order of the names."""
    canonical = json.dumps(values, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def claim(scope: str, key: str, input_hash: str) -> dict[str, Any] | None:
    """Inside an action: None when we are the first, else the stored result of who was.

    Raises KeyReused (409) when the key was used with other input.
    """
    if not 0 < len(key) <= LONGEST_KEY:
        raise ValueError("an idempotency key has 1 to 200 characters")
    first = db.session.scalar(
        insert(IdempotencyKey)
        .values(scope=scope, key=key, input_hash=input_hash)
        .on_conflict_do_nothing(index_elements=["scope", "key"])
        .returning(IdempotencyKey.id)
    )
    if first is not None:
        return None
    stored = db.session.execute(
        select(IdempotencyKey.input_hash, IdempotencyKey.result).where(
            IdempotencyKey.scope == scope, IdempotencyKey.key == key
        )
    ).one()
    if stored.input_hash != input_hash:
        raise KeyReused()
    return stored.result or {}


def keep(scope: str, key: str, result: dict[str, Any]) -> None:
    """Store the result (JSON values) beside the key, in the same transaction as what it describes."""
    db.session.execute(
        update(IdempotencyKey).where(IdempotencyKey.scope == scope, IdempotencyKey.key == key).values(result=result)
    )


def once(scope: str, key: str, input_hash: str, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Inside an action: do `work` and keep its result, or return the result it had the first time."""
    stored = claim(scope, key, input_hash)
    if stored is not None:
        return stored
    result = work()
    keep(scope, key, result)
    return result


def forget_old(now: dt.datetime) -> int:
    """Inside an action: drop keys nobody may rely on any more; returns how many."""
    gone = db.session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < now - KEPT))
    return gone.rowcount
