"""The same key twice is one act and one answer, also when both come at once."""

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select, update

from bookapp.infra import clock, idempotency
from bookapp.infra.db import action, db
from bookapp.infra.idempotency import IdempotencyKey, KeyReused, fingerprint
from bookapp.values.errors import NotPossibleNow
from tests.support.eventually import PATIENCE_SECONDS


@action
def book(key, things, work):
    return idempotency.once("tests", key, fingerprint(things=things), work)


def test_the_second_time_gets_the_first_answer(app):
    made = []

    def work():
        made.append(1)
        return {"ref": f"B{len(made)}"}

    assert book("k1", ["chair"], work) == book("k1", ["chair"], work) == {"ref": "B1"}
    assert book("k2", ["chair"], work) == {"ref": "B2"}


def test_other_input_under_the_same_key_is_refused(app):
    book("k", ["chair"], lambda: {"ref": "B1"})
    with pytest.raises(KeyReused) as refused:
        book("k", ["table"], lambda: {"ref": "B2"})
    assert isinstance(refused.value, NotPossibleNow) and refused.value.status == 409


def test_scopes_do_not_meet(app):
    @action
    def claim(scope):
        return idempotency.claim(scope, "k", fingerprint())

    assert claim("user:1 POST /bookings") is None
    assert claim("user:2 POST /bookings") is None
    assert claim("user:1 POST /bookings") == {}


def test_a_refused_attempt_leaves_the_key_free(app):
    def refuse():
        raise NotPossibleNow()

    with pytest.raises(NotPossibleNow):
        book("k", ["chair"], refuse)
    assert book("k", ["chair"], lambda: {"ref": "B1"}) == {"ref": "B1"}


@pytest.mark.parametrize("key", ["", "x" * 201])
def test_a_key_has_a_sane_length(app, key):
    with pytest.raises(ValueError, match="1 to 200"):
        book(key, [], dict)


def test_the_fingerprint_is_of_the_values():
    assert fingerprint(a=1, b=[2, "x"]) == fingerprint(b=[2, "x"], a=1)
    assert fingerprint(a=1) != fingerprint(a="1")
    assert fingerprint(day=dt.date(2026, 1, 1)) == fingerprint(day=dt.date(2026, 1, 1))


def test_old_keys_are_forgotten(app):
    book("old", [], dict)
    book("new", [], dict)
    now = clock.now()
    db.session.execute(
        update(IdempotencyKey).where(IdempotencyKey.key == "old").values(created_at=now - dt.timedelta(hours=25))
    )
    assert idempotency.forget_old(now) == 1
    assert db.session.scalars(select(IdempotencyKey.key)).all() == ["new"]


def race(app, attempts, work, *, key="race"):
    """Everybody at once, each on a connection of its own; the answers or refusals."""
    start = threading.Barrier(attempts, timeout=PATIENCE_SECONDS)

    def one(number):
        with app.app_context():
            start.wait()
            try:
                return book(key.format(number), ["chair"], work)
            except NotPossibleNow as refused:
                return type(refused).__name__

    with ThreadPoolExecutor(attempts) as pool:
        return list(pool.map(one, range(attempts)))


def test_twenty_clicks_at_once_are_one_booking_and_twenty_equal_answers(real):
    made, lock = [], threading.Lock()

    def work():
        with lock:
            made.append(1)
        db.session.execute(select(func.pg_sleep(0.05)))  # the others arrive while the first is still at it
        return {"ref": f"B{len(made)}"}

    assert race(real, 20, work) == [{"ref": "B1"}] * 20
    assert len(made) == 1


def test_it_is_the_key_that_makes_them_one(real):
    """The negative control: the same clicks, each with a key of its own."""
    answers = race(real, 20, lambda: {"ref": "B"}, key="control-{}")
    assert len(answers) == 20
    keys = db.session.scalar(select(func.count()).where(IdempotencyKey.key.startswith("control-")))
    assert keys == 20


def test_when_the_first_is_refused_exactly_one_other_goes_through(real):
    with real.app_context():
        db.session.execute(IdempotencyKey.__table__.delete())
        db.session.commit()
    calls, lock = [], threading.Lock()

    def work():
        with lock:
            calls.append(1)
            number = len(calls)
        if number == 1:
            raise NotPossibleNow()
        return {"ref": f"B{number}"}

    answers = race(real, 8, work)
    assert answers.count("NotPossibleNow") == 1
    assert answers.count({"ref": "B2"}) == 7


@pytest.mark.parametrize(("line", "is_kept"), [("one", True), ("own-{}", False)])
def test_in_one_line_everybody_counts_who_went_before(real, line, is_kept):
    """Twelve at once, of whom three may; with a line of their own (the negative control) most do not see each other."""
    start, scope = threading.Barrier(12, timeout=PATIENCE_SECONDS), f"most-three-{line}"

    @action
    def take(number):
        idempotency.claim("line", f"{line}-{number}", "", in_line=[line.format(number)])
        if db.session.scalar(select(func.count()).where(IdempotencyKey.scope == scope)) >= 3:
            raise NotPossibleNow()
        db.session.execute(select(func.pg_sleep(0.05)))  # the others count while the first is still at it
        idempotency.claim(scope, str(number), "")

    def one(number):
        with real.app_context():
            start.wait()
            try:
                take(number)
            except NotPossibleNow:
                return False
            return True

    with ThreadPoolExecutor(12) as pool:
        through = sum(pool.map(one, range(12)))
    assert (through == 3) is is_kept
