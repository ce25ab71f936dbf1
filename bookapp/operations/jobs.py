"""What runs by itself to keep the place tidy."""

import logging

import structlog

from bookapp.infra import clock
from bookapp.infra.queue import job
from bookapp.operations import actions

log = structlog.get_logger("bookapp.operations")


@job("operations.forget_old")
def forget_old() -> None:
    """Drop settled rows, used keys and expired links."""
    log.info("forgotten", **actions.forget_old(now=clock.now()))


@job("operations.check_books")
def check_books() -> None:
    """Look whether the books agree."""
    log.info("books.checked", differences=len(actions.check_books(now=clock.now())))


@job("operations.confirm_differences")
def confirm_differences(suspected: list[str]) -> None:
    """Look again at what did not agree; what is still wrong is for a person."""
    there = actions.confirm_differences(suspected, now=clock.now())
    log.log(logging.ERROR if there else logging.INFO, "books.differ" if there else "books.agree", differences=there)
