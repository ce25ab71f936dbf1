"""Moving a booking to another time."""

from __future__ import annotations

import datetime as dt

from bookapp.infra.db import action


@action
def hear_paid(change_id: int, payment_id: int, now: dt.datetime) -> None:
    """The difference of a move has arrived."""


@action
def hear_closed(change_id: int, payment_id: int, declined: bool, now: dt.datetime) -> None:
    """An attempt to pay the difference of a move ended without money."""
