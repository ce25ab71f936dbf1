"""What every verb of the catalogue asks first: is it whole, may they, which address is free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Protocol, TypeVar

from sqlalchemy import func, or_, select, text

from bookapp.catalog.models import Terms
from bookapp.catalog.rules import Draft, free_slug
from bookapp.identity.actor import Actor
from bookapp.infra import idempotency
from bookapp.infra.db import db
from bookapp.values.errors import NotAllowed, NotFound, NotValid
from bookapp.values.words import N_

Record = TypeVar("Record")


class _Slugged(Protocol):
    slug: Any


def checked(draft: Draft) -> None:
    """Raises NotValid with a sentence per field."""
    problems = draft.problems()
    if problems:
        raise NotValid({problem.field: problem.words for problem in problems})


def allowed(answer: bool) -> None:
    """Raises NotAllowed unless a policy said yes."""
    if not answer:
        raise NotAllowed()


def existing(model: type[Record], record_id: int) -> Record:
    """The row with this id, or NotFound."""
    record = db.session.get(model, record_id)
    if record is None:
        raise NotFound()
    return record


def usable_terms(terms_id: int | None, merchant_id: int | None) -> None:
    """Terms may be the platform's presets or the merchant's own; raises NotValid for anybody else's."""
    if terms_id is None:
        return
    terms = db.session.get(Terms, terms_id)
    if terms is None or terms.merchant_id not in (None, merchant_id):
        raise NotValid({"terms_id": N_("These terms do not belong to this merchant.")})


def take_slug(model: type[_Slugged], candidates: Sequence[str]) -> str:
    """A slug nobody has. Two who name the same thing at the same moment wait for each other, not for an error."""
    db.session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:what))"), {"what": f"slug:{model.__name__}"})
    return free_slug(candidates, taken_slugs(model, candidates))


def taken_slugs(model: type[_Slugged], candidates: Sequence[str]) -> set[str]:
    """The slugs in use that are one of `candidates`, or the last of them with a number."""
    rows = db.session.scalars(
        select(model.slug).where(or_(model.slug.in_(candidates), model.slug.like(f"{candidates[-1]}-%")))
    )
    return set(rows)


def next_position(column: Any, condition: Any) -> int:
    """The place after the last one."""
    return int(db.session.scalar(select(func.coalesce(func.max(column) + 1, 0)).where(condition)) or 0)


def made_before(actor: Actor, kind: str, key: str | None, where: int, draft: Any) -> int | None:
    """The id of what was made of this draft with this key before; None when we are the first. Raises KeyReused."""
    if key is None:
        return None
    stored = idempotency.claim(f"{kind}:{actor.label}", key, idempotency.fingerprint(where=where, **asdict(draft)))
    return None if stored is None else int(stored["id"])


def keep_made(actor: Actor, kind: str, key: str | None, made: int) -> None:
    """What `made_before` answers from now on."""
    if key is not None:
        idempotency.keep(f"{kind}:{actor.label}", key, {"id": made})
