"""What every page asks of the database and sends to the browser, held to table.py."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

import pytest
import time_machine
from flask import Flask

from tests.budgets.measured import Page, measured
from tests.budgets.table import Budget, budgets
from tests.support.databases import forgotten_afterwards

MONDAY = dt.datetime(2027, 3, 1, 8, tzinfo=dt.UTC)
TIMES, ROOMS = 4, 50
ALL = list(budgets())

Pages = Mapping[Budget, Page]


@pytest.fixture(scope="module")
def pages(unforgetting_app: Flask) -> Iterator[Pages]:
    """Every page, measured once for all tests of this file."""
    with time_machine.travel(MONDAY, tick=False), forgotten_afterwards(unforgetting_app) as app:
        yield measured(app, ALL, times=TIMES, rooms=ROOMS)


def test_every_page_has_a_budget_and_every_budget_a_page(unforgetting_app: Flask) -> None:
    routes = {rule.rule for rule in unforgetting_app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert {budget.rule for budget in ALL} == routes


def test_every_page_is_shown(pages: Pages) -> None:
    other = {str(budget): page.status for budget, page in pages.items() if page.status != budget.status}
    assert other == {}


def test_no_page_asks_more_of_the_database_when_there_is_more_to_show(pages: Pages) -> None:
    """When nothing is remembered: what is read once per thing would be slow after every change."""
    grown = {str(budget): (page.few, page.many) for budget, page in pages.items() if page.few != page.many}
    assert grown == {}


def test_every_page_stays_within_its_statements(pages: Pages) -> None:
    over = {str(budget): page.again for budget, page in pages.items() if page.again > budget.statements}
    assert over == {}


def test_every_page_stays_within_its_size(pages: Pages) -> None:
    over = {str(budget): page.size for budget, page in pages.items() if page.size > budget.kilobytes * 1000}
    assert over == {}
