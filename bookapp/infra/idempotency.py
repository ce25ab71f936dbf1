"""The same click, retry or lost answer twice: done once, answered the same (guarantees.md 5).

The key is stored in the transaction of what it guards. A concurrent duplicate waits on the unique row until the first
has committed and reads its result; if the first was refused and rolled back, the second is the first.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ARRAY, Index, Text, UniqueConstraint, bindparam, delete, func, select, true, update
from sqlalchemy.dialects.postgresql import JSONB, insert
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


_TABLE = IdempotencyKey.__table__
_CLAIMED = (
    insert(_TABLE)
    .from_select(
        ["scope", "key", "input_hash"],
        select(*(bindparam(name, type_=Text) for name in ("claimed_scope", "claimed_key", "claimed_hash"))),
    )
    .on_conflict_do_nothing(index_elements=["scope", "key"])
    .returning(_TABLE.c.id)
    .cte("claimed")
)
_LINE_UP = func.unnest(bindparam("line_up", type_=ARRAY(Text))).table_valued("name").render_derived(name="line_up")
# Whoever is not the first does not wait in line: the locks are taken for the rows of the claim.
_CLAIMING = select(
    _CLAIMED.c.id, func.pg_advisory_xact_lock(func.hashtextextended(_LINE_UP.c.name, 0)).label("locked")
).select_from(_CLAIMED.outerjoin(_LINE_UP, true()))
# Stores the result; `result_of` has what it needs. Larger statements take it in.
KEEPING = (
    update(_TABLE)
    .where(_TABLE.c.scope == bindparam("kept_scope", type_=Text), _TABLE.c.key == bindparam("kept_key", type_=Text))
    .values(result=bindparam("kept_result", type_=JSONB))
)


def claim(scope: str, key: str, input_hash: str, *, in_line: Sequence[str] = ()) -> dict[str, Any] | None:
    """Inside an action: None when we are the first, else the stored result of who was.

    The first also takes a lock for each name of `in_line`, in their order: of those with the same name one goes on at
    a time. Raises KeyReused (409) when the key was used with other input.
    """
    if not 0 < len(key) <= LONGEST_KEY:
        raise ValueError("an idempotency key has 1 to 200 characters")
    asked = {"claimed_scope": scope, "claimed_key": key, "claimed_hash": input_hash, "line_up": list(in_line)}
    if db.session.execute(_CLAIMING, asked).first() is not None:
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
    db.session.execute(KEEPING, result_of(scope, key, result))


def result_of(scope: str, key: str, result: dict[str, Any]) -> dict[str, Any]:
    """The values of KEEPING."""
    return {"kept_scope": scope, "kept_key": key, "kept_result": result}


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
