"""Price rules: data that a merchant edits, evaluated by `pricing.rules`."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from bookapp.infra.db import created_at, db, pk, ref_id


class PriceRule(db.Model):
    """One rule of a merchant, narrowed to a venue, a room or a service if it says so. `parameters` depend on `kind`."""

    __tablename__ = "price_rule"

    id: Mapped[pk]
    merchant_id: Mapped[ref_id] = mapped_column(ForeignKey("merchant.id", ondelete="CASCADE"), index=True)
    venue_id: Mapped[ref_id | None] = mapped_column(ForeignKey("venue.id", ondelete="CASCADE"))
    room_id: Mapped[ref_id | None] = mapped_column(ForeignKey("room.id", ondelete="CASCADE"))
    service_id: Mapped[ref_id | None] = mapped_column(ForeignKey("service.id", ondelete="CASCADE"))
    kind: Mapped[str]
    name: Mapped[str]
    parameters: Mapped[dict[str, Any]]
    position: Mapped[int] = mapped_column(server_default="0")
    valid_from: Mapped[dt.date | None]
    valid_until: Mapped[dt.date | None]
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[created_at]

    __table_args__ = (
        CheckConstraint(
            "kind IN ('peak', 'weekend', 'level', 'early_bird', 'last_minute', 'duration', 'demand')", name="kind"
        ),
        CheckConstraint("num_nonnulls(venue_id, room_id, service_id) <= 1", name="scope"),
        CheckConstraint("valid_from <= valid_until", name="validity"),
    )
