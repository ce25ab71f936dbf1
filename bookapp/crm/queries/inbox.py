"""The inbox of a facilitator: whose it is, and what stands in it."""

from __future__ import annotations

from sqlalchemy import select

from bookapp.catalog.models import Facilitator
from bookapp.infra.db import db


def facilitator_id_of(user_id: int | None) -> int | None:
    """The facilitator this account is, if it is one."""
    return db.session.scalar(select(Facilitator.id).where(Facilitator.user_id == user_id))
