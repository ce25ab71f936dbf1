"""What runs by itself to keep the place tidy."""

import structlog

from bookapp.infra import clock
from bookapp.infra.queue import job
from bookapp.operations import actions

log = structlog.get_logger("bookapp.operations")


@job("operations.forget_old")
def forget_old() -> None:
    """Drop settled rows, used keys and expired links."""
    log.info("forgotten", **actions.forget_old(now=clock.now()))
