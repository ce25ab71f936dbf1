"""Gift cards: money waiting for somebody's wallet."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from bookapp.infra.db import created_at, db, pk, ref_id
from bookapp.values.money import Money


class GiftCard(db.Model):
    """A card of `amount`, shown once and kept as a hash. Redeemed, it is money in a wallet.

    Who issued it pays for it: `merchant_id`'s receivable, or the platform when that is null.
    """

    __tablename__ = "gift_card"

    id: Mapped[pk]
    code_hash: Mapped[str] = mapped_column(unique=True)
    # The last characters, so that people can tell cards apart.
    hint: Mapped[str]
    merchant_id: Mapped[ref_id | None] = mapped_column(ForeignKey("merchant.id"), index=True)
    amount_minor: Mapped[ref_id]
    currency: Mapped[str]
    expires_at: Mapped[dt.datetime | None]
    redeemed_by: Mapped[ref_id | None] = mapped_column(ForeignKey("user_account.id"))
    redeemed_at: Mapped[dt.datetime | None]
    issued_by: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[created_at]

    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("(redeemed_by IS NULL) = (redeemed_at IS NULL)", name="redeemed"),
    )

    @property
    def amount(self) -> Money:
        """What it puts into a wallet."""
        return Money(self.amount_minor, self.currency)
