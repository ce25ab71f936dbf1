"""Takes one guard out of a database and puts it back: a race that passes without its guard has proven nothing.

The product has no switch for this. What a guard consists of in PostgreSQL is replaced by something of the same name
and shape that does not guard.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bookapp.scheduling.models import OCCUPANCY_CONSTRAINT
from tests.support.stack import Stack


@contextmanager
def two_may_have_one_place(stack: Stack) -> Iterator[None]:
    """The exclusion constraint becomes one that nothing can break: `ON CONFLICT ON CONSTRAINT` still finds its name."""
    (was,) = stack.rows(
        "SELECT pg_get_constraintdef(oid) AS definition FROM pg_constraint WHERE conname = %s", OCCUPANCY_CONSTRAINT
    )
    swap = "ALTER TABLE occupancy DROP CONSTRAINT {name}; ALTER TABLE occupancy ADD CONSTRAINT {name} {definition}"
    stack.rows(swap.format(name=OCCUPANCY_CONSTRAINT, definition="UNIQUE (id)"))
    try:
        yield
    finally:
        _forget_holds(stack)
        stack.rows(swap.format(name=OCCUPANCY_CONSTRAINT, definition=was["definition"]))


@contextmanager
def nobody_counts_seats(stack: Stack) -> Iterator[None]:
    """The count never moves, so the condition of the UPDATE holds for everybody and the check has nothing to refuse."""
    with _rewritten(stack, "session", "UPDATE", "NEW.seats_taken := OLD.seats_taken"):
        yield


@contextmanager
def every_click_is_a_new_one(stack: Stack) -> Iterator[None]:
    """No key is ever met again."""
    with _rewritten(stack, "idempotency_key", "INSERT", "NEW.key := NEW.key || gen_random_uuid()"):
        yield


@contextmanager
def the_provider_forgets_keys(stack: Stack) -> Iterator[None]:
    """The sandbox provider takes a repeated refund for another one."""
    with _rewritten(stack, "sandbox_refund", "INSERT", "NEW.key := gen_random_uuid()"):
        yield


@contextmanager
def nobody_waits_for_an_addon(stack: Stack) -> Iterator[None]:
    """The add-ons are read through a function, and PostgreSQL locks no rows behind one: FOR UPDATE does nothing."""
    stack.rows(
        "ALTER TABLE addon RENAME TO addon_rows;"
        "CREATE FUNCTION all_addons() RETURNS SETOF addon_rows LANGUAGE sql AS 'SELECT * FROM addon_rows';"
        "CREATE VIEW addon AS SELECT * FROM all_addons()"
    )
    try:
        yield
    finally:
        stack.rows("DROP VIEW addon; DROP FUNCTION all_addons(); ALTER TABLE addon_rows RENAME TO addon")
        _forget_holds(stack)


@contextmanager
def _rewritten(stack: Stack, table: str, event: str, change: str) -> Iterator[None]:
    stack.rows(
        f"CREATE FUNCTION no_guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {change}; RETURN NEW; END $$;"
        f"CREATE TRIGGER no_guard BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION no_guard()"
    )
    try:
        yield
    finally:
        stack.rows(f"DROP TRIGGER no_guard ON {table}; DROP FUNCTION no_guard()")
        _forget_holds(stack)


def _forget_holds(stack: Stack) -> None:
    """What was sold twice must not be there any more when the guard comes back, nor in the books."""
    stack.rows(
        "UPDATE occupancy SET active = false WHERE claim_id IN (SELECT claim_id FROM booking WHERE state = 'pending');"
        "UPDATE booking SET state = 'expired' WHERE state = 'pending';"
        "UPDATE session SET seats_taken = (SELECT coalesce(sum(people), 0) FROM booking"
        " WHERE session_id = session.id AND state = 'confirmed')"
    )
