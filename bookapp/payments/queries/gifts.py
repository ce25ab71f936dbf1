"""Reads of gift cards. Nobody finds one but by its code."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from sqlalchemy import select

from bookapp.infra.db import db
from bookapp.payments.models import GiftCard

_NO_PART_OF_A_CODE = re.compile(r"[^0-9A-Z]+")


def gift_card_by_code(typed: str) -> GiftCard | None:
    """The card of that code, however it was typed, as the database has it now."""
    return db.session.scalar(
        select(GiftCard).where(GiftCard.code_hash == code_hash(typed)).execution_options(populate_existing=True)
    )


def gift_cards_of(merchant_id: int | None, *, limit: int = 100) -> Sequence[GiftCard]:
    """The cards a merchant issued (None: the platform), newest first."""
    issuer = GiftCard.merchant_id.is_(None) if merchant_id is None else GiftCard.merchant_id == merchant_id
    return db.session.scalars(select(GiftCard).where(issuer).order_by(GiftCard.id.desc()).limit(limit)).all()


def code_hash(typed: str) -> str:
    """What is kept of a code. It is long and random, so that a plain hash cannot be turned back."""
    plain = _NO_PART_OF_A_CODE.sub("", typed.upper())
    return hashlib.sha256(f"gift_card:{plain}".encode()).hexdigest()
