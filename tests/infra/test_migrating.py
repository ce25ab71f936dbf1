"""Migrations really run: all the way down and up again over a database with bookings in it, and the models agree."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import alembic.autogenerate
import pytest
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import CheckConstraint, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint

from bookapp.infra.db import db
from bookapp.operations.queries.books import differences
from tests.builders.booking import NOW, a_booking
from tests.support import databases
from tests.support.databases import Servers
from tests.support.jobs import work_off


@pytest.fixture
def app(servers: Servers, tmp_path: Path) -> Iterator[Flask]:
    """On a database where commits stay."""
    with databases.application_of_its_own(servers, tmp_path) as made:
        yield made


def unmigrated() -> list[object]:
    """What the models have and the database has not, or the other way round."""
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(alembic.autogenerate.compare_metadata(context, db.metadata))


@pytest.mark.usefixtures("app")
def test_the_models_are_what_the_migrations_make() -> None:
    assert unmigrated() == []


@pytest.mark.usefixtures("app")
def test_every_check_and_exclusion_of_the_models_is_in_the_database_and_valid() -> None:
    """Alembic compares tables, columns, keys and indexes, and no checks."""
    there = text("SELECT conname FROM pg_constraint WHERE contype IN ('c', 'x') AND convalidated AND conrelid <> 0")
    modelled = {
        str(each.name)
        for table in db.metadata.tables.values()
        for each in table.constraints
        if isinstance(each, CheckConstraint | ExcludeConstraint)
    }
    assert set(db.session.scalars(there)) == modelled


@pytest.mark.usefixtures("app")
def test_down_and_up_again_brings_everything_back() -> None:
    downgrade(revision="base")
    upgrade()
    assert unmigrated() == []


@pytest.mark.usefixtures("app")
def test_what_was_paid_before_there_was_a_ledger_is_in_it_afterwards() -> None:
    a_booking(now=NOW)
    a_booking(now=NOW, state="cancelled")
    work_off("payments.send_refund")
    query = text("SELECT kind, owner_id, gateway, currency, balance_minor FROM ledger_account ORDER BY 1, 2, 3")
    before = db.session.execute(query).all()
    assert before
    db.session.remove()
    downgrade(revision="0001")
    upgrade()
    assert db.session.execute(query).all() == before
    assert not [found for found in differences() if "ledger" in str(found)]
