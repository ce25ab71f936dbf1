"""Booking work that runs by itself; each job is safe to run twice."""

from __future__ import annotations

from bookapp.booking import actions
from bookapp.infra import clock
from bookapp.infra.queue import job


@job("booking.expire_holds")
def expire_holds() -> None:
    """Expire the holds that nobody else wanted."""
    actions.expire_holds(now=clock.now())


@job("booking.complete_past")
def complete_past() -> None:
    """Complete what is over."""
    actions.complete_past(now=clock.now())
