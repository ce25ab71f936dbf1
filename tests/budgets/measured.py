"""Every page of table.py rendered in a world with one of each thing, and again when there are many."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask
from sqlalchemy import text
from werkzeug.test import TestResponse

from bookapp.infra.db import db
from tests.budgets.crowd import Crowd
from tests.budgets.table import Budget
from tests.security.world import World
from tests.support.queries import counted

_OTHER_VERSION = text("UPDATE remembered_version SET number = nextval('remembered_version_number')")


@dataclass(frozen=True, slots=True)
class Page:
    """Its status and bytes; how many statements it takes when nothing is remembered, and how many the next time.

    They are `few` where there is one of each thing to show, and `many` where there are many.
    """

    status: int
    size: int
    few: int
    many: int
    again: int


def measured(app: Flask, budgets: list[Budget], *, times: int, rooms: int) -> dict[Budget, Page]:
    """Every page with few rows, and with so many times more of everything and so many rooms in one venue."""
    world = World(app)
    crowd = Crowd(world)
    crowd.grow()
    few = {budget: _asked(world, budget)[1] for budget in budgets}
    for _more in range(times):
        crowd.grow()
    crowd.fill_venue(rooms)
    found = {}
    for budget in budgets:
        _answer, many = _asked(world, budget)
        answer, again = _asked(world, budget, is_known=True)
        # A stream has no end, and says nothing before something happens.
        size = 0 if answer.mimetype == "text/event-stream" else len(answer.get_data())
        found[budget] = Page(answer.status_code, size, few[budget], many, again)
    return found


def _asked(world: World, budget: Budget, *, is_known: bool = False) -> tuple[TestResponse, int]:
    if not is_known:
        db.session.execute(_OTHER_VERSION)
        db.session.commit()
    with counted() as statements:
        answer = world.ask(budget.who, "GET", world.path(budget.rule), budget.query)
    return answer, len(statements)
