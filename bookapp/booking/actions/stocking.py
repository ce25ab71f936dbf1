"""Whether the extras of a booking are to be had: one question for a new hold, a move and a late payment, and for the
house that would have fewer of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import func, select

from bookapp.booking.errors import AddonGone, StockPromised
from bookapp.booking.models import Booking, BookingLine
from bookapp.booking.queries.stock import most_promised, pieces_left
from bookapp.catalog.actions import change_addon
from bookapp.catalog.models import Addon
from bookapp.catalog.policy import may_run_merchant
from bookapp.catalog.rules import AddonDraft
from bookapp.identity.actor import Actor
from bookapp.infra.db import action, db
from bookapp.values.timespan import Span


def check_stock(
    wanted: Sequence[tuple[Addon, int]], span: Span, zone: str, *, now: dt.datetime, but: int | None = None
) -> None:
    """Inside an action: raise AddonGone when there are fewer pieces left than `wanted` (invariant 9).

    The add-ons' rows are locked, so that two bookings count one after the other. What the booking with the id `but`
    has is not counted: it moves.
    """
    if not wanted:
        return
    addons = [addon for addon, _ in wanted]
    db.session.execute(
        select(Addon.id).where(Addon.id.in_([addon.id for addon in addons])).order_by(Addon.id).with_for_update()
    )
    left = pieces_left(addons, span, zone, now=now, but=but)
    for addon, quantity in wanted:
        if quantity > left.get(addon.id, quantity):
            raise AddonGone(addon=addon.name)


@action
def change_stocked(actor: Actor, addon_id: int, draft: AddonDraft, *, version: str, now: dt.datetime) -> Addon:
    """Change an add-on as `catalog.actions.change_addon` does, but never to fewer than are promised already.

    Its row is locked before they are counted, as by who books it. Raises as that does, and StockPromised.
    """
    addon = db.session.scalar(
        select(Addon).where(Addon.id == addon_id).with_for_update().execution_options(populate_existing=True)
    )
    if addon is not None and draft.stock is not None and draft.stock < (addon.stock or draft.stock + 1):
        promised = most_promised(addon, now=now)
        if draft.stock < promised and may_run_merchant(actor, addon.merchant_id):
            raise StockPromised(promised=promised)
    return change_addon(actor, addon_id, draft, version=version)


def extras_of(booking: Booking) -> list[tuple[Addon, int]]:
    """The extras that are agreed, and how many of each."""
    pieces = func.sum(BookingLine.quantity)
    rows = db.session.execute(
        select(Addon, pieces)
        .join(BookingLine, BookingLine.addon_id == Addon.id)
        .where(BookingLine.booking_id == booking.id, BookingLine.kind == "addon")
        .group_by(Addon.id)
        .having(pieces > 0)
        .order_by(Addon.id)
    )
    return [(addon, int(quantity)) for addon, quantity in rows]
