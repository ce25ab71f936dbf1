"""Services, who hosts them and where, and add-ons."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bookapp.catalog.models.people import Facilitator
from bookapp.catalog.models.places import Merchant, Photo, Room, Terms
from bookapp.infra.db import created_at, db, pk, ref_id


class Service(db.Model):
    """What is offered on a schedule. Its lengths carry the prices: per seat for a session, whole for an appointment."""

    __tablename__ = "service"

    id: Mapped[pk]
    merchant_id: Mapped[ref_id] = mapped_column(ForeignKey("merchant.id"), index=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[str]
    # A free word to filter by: class, retreat, escape, consultation.
    theme: Mapped[str] = mapped_column(server_default="")
    tagline: Mapped[str] = mapped_column(server_default="")
    about: Mapped[str] = mapped_column(server_default="")
    bring: Mapped[str] = mapped_column(server_default="")
    capacity: Mapped[int] = mapped_column(server_default="1")
    online: Mapped[bool] = mapped_column(server_default=text("false"))
    buffer_minutes: Mapped[int] = mapped_column(server_default="0")
    notice_minutes: Mapped[int] = mapped_column(server_default="0")
    horizon_days: Mapped[int] = mapped_column(server_default="90")
    step_minutes: Mapped[int] = mapped_column(server_default="30")
    terms_id: Mapped[ref_id | None] = mapped_column(ForeignKey("terms.id"))
    rating_sum: Mapped[int] = mapped_column(server_default="0")
    rating_count: Mapped[int] = mapped_column(server_default="0")
    # Private: in no list and no search, reached by the link with this key, which can be renewed.
    private: Mapped[bool] = mapped_column(server_default=text("false"))
    link_key: Mapped[str | None]
    listed: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[created_at]

    merchant: Mapped[Merchant] = relationship(lazy="raise_on_sql")
    terms: Mapped[Terms | None] = relationship(lazy="raise_on_sql")
    lengths: Mapped[list[ServiceLength]] = relationship(order_by="ServiceLength.minutes", lazy="raise_on_sql")
    hosts: Mapped[list[Facilitator]] = relationship(
        secondary="service_facilitator", order_by="Facilitator.name", viewonly=True, lazy="raise_on_sql"
    )
    rooms: Mapped[list[Room]] = relationship(
        secondary="service_room", order_by="ServiceRoom.position", viewonly=True, lazy="raise_on_sql"
    )
    questions: Mapped[list[ServiceQuestion]] = relationship(
        order_by="ServiceQuestion.position, ServiceQuestion.id", viewonly=True, lazy="raise_on_sql"
    )
    photos: Mapped[list[Photo]] = relationship(
        primaryjoin="Service.id == foreign(Photo.service_id)",
        order_by="Photo.position",
        viewonly=True,
        lazy="raise_on_sql",
    )

    __table_args__ = (
        CheckConstraint("kind IN ('session', 'appointment')", name="kind"),
        CheckConstraint("capacity > 0", name="capacity"),
        CheckConstraint("buffer_minutes >= 0 AND notice_minutes >= 0 AND horizon_days > 0", name="margins"),
        CheckConstraint("step_minutes > 0", name="step"),
        CheckConstraint("NOT private OR link_key IS NOT NULL", name="private_has_key"),
    )


class ServiceLength(db.Model):
    """One length a service comes in, with its price in minor units of the merchant's currency."""

    __tablename__ = "service_length"

    id: Mapped[pk]
    service_id: Mapped[ref_id] = mapped_column(ForeignKey("service.id", ondelete="CASCADE"))
    minutes: Mapped[int]
    price_minor: Mapped[ref_id]

    __table_args__ = (
        UniqueConstraint("service_id", "minutes"),
        CheckConstraint("minutes > 0 AND price_minor >= 0", name="positive"),
    )


class ServiceQuestion(db.Model):
    """What is asked at checkout of who books this service. A choice has two `options` or more, the others none."""

    __tablename__ = "service_question"

    id: Mapped[pk]
    service_id: Mapped[ref_id] = mapped_column(ForeignKey("service.id", ondelete="CASCADE"), index=True)
    position: Mapped[int] = mapped_column(server_default="0")
    words: Mapped[str]
    kind: Mapped[str]
    options: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    required: Mapped[bool] = mapped_column(server_default=text("false"))

    __table_args__ = (
        CheckConstraint("kind IN ('text', 'long', 'choice', 'yes_no')", name="kind"),
        CheckConstraint("(kind = 'choice') = (cardinality(options) > 1)", name="choice_has_options"),
    )


class ServiceFacilitator(db.Model):
    """This person hosts this service."""

    __tablename__ = "service_facilitator"

    service_id: Mapped[ref_id] = mapped_column(ForeignKey("service.id", ondelete="CASCADE"), primary_key=True)
    facilitator_id: Mapped[ref_id] = mapped_column(ForeignKey("facilitator.id", ondelete="CASCADE"), primary_key=True)

    __table_args__ = (Index("ix_service_facilitator_facilitator_id", "facilitator_id"),)


class ServiceRoom(db.Model):
    """A room this service may use; the first free one by `position` is taken."""

    __tablename__ = "service_room"

    service_id: Mapped[ref_id] = mapped_column(ForeignKey("service.id", ondelete="CASCADE"), primary_key=True)
    room_id: Mapped[ref_id] = mapped_column(ForeignKey("room.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(server_default="0")


class Addon(db.Model):
    """Something extra. Reusable ones have a stock per overlapping time, consumables none or one per day.

    Offered with every room of `venue_id`, or with `service_id`. The price is per piece, in the merchant's currency.
    """

    __tablename__ = "addon"

    id: Mapped[pk]
    merchant_id: Mapped[ref_id] = mapped_column(ForeignKey("merchant.id"), index=True)
    venue_id: Mapped[ref_id | None] = mapped_column(ForeignKey("venue.id"), index=True)
    service_id: Mapped[ref_id | None] = mapped_column(ForeignKey("service.id"), index=True)
    name: Mapped[str]
    hint: Mapped[str] = mapped_column(server_default="")
    kind: Mapped[str]
    price_minor: Mapped[ref_id]
    stock: Mapped[int | None]
    listed: Mapped[bool] = mapped_column(server_default=text("true"))

    __table_args__ = (
        CheckConstraint("kind IN ('reusable', 'consumable')", name="kind"),
        CheckConstraint("kind = 'consumable' OR stock IS NOT NULL", name="reusable_has_stock"),
        CheckConstraint("stock >= 0 AND price_minor >= 0", name="positive"),
        CheckConstraint("num_nonnulls(venue_id, service_id) = 1", name="one_place"),
    )
