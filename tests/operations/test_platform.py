"""The platform as admins see it: its health, the work that was given up, the audit trail."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, text, update

from bookapp.audit import queries as trails
from bookapp.audit.actions import record
from bookapp.audit.models import AuditEntry
from bookapp.identity.actor import SYSTEM
from bookapp.infra import clock
from bookapp.infra.claims import PERIODIC
from bookapp.infra.db import db
from bookapp.infra.outbox import OutboxRow, later
from bookapp.operations import queries
from bookapp.operations.queries import running
from tests.builders.booking import a_booking
from tests.builders.identity import actor_of
from tests.support.client import Client
from tests.support.queries import counted
from tests.support.select import one, texts
from tests.support.select import select as found
from tests.support.staff import sign_in

pytestmark = pytest.mark.usefixtures("app")


def given_up(name: str = "booking.expire_holds", *args: object, error: str = "boom") -> int:
    row_id = later(name, *args)
    assert row_id is not None
    db.session.execute(
        update(OutboxRow)
        .where(OutboxRow.id == row_id)
        .values(state="dead", last_error=error, attempts=12, finished_at=clock.now())
    )
    db.session.commit()
    return row_id


def test_all_is_well_is_said(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "what_is_missing", list)
    db.session.execute(text("DELETE FROM outbox"))
    sign_in(client, is_admin=True)
    db.session.execute(text("DELETE FROM outbox"))
    assert "Everything is there and keeps up" in one(client.get("/desk/health").text, "#figures").text


def test_what_is_missing_comes_first(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "what_is_missing", lambda: ["redis: does not answer"])
    sign_in(client, is_admin=True)
    given_up()
    assert "redis: does not answer" in one(client.get("/desk/health").text, "#figures .notice").text


def test_work_that_was_given_up_and_work_that_is_late_are_told(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "what_is_missing", list)
    sign_in(client, is_admin=True)
    db.session.execute(text("DELETE FROM outbox"))
    late = later("payments.close_all_stale")
    db.session.execute(
        update(OutboxRow).where(OutboxRow.id == late).values(run_at=clock.now() - dt.timedelta(minutes=5))
    )
    assert "1 job is late" in one(client.get("/desk/health").text, "#figures .notice").text
    given_up()
    shown = client.htmx("/desk/health").text
    assert "1 job was given up" in one(shown, "#figures .notice").text
    assert texts(shown, "tbody th") == ["booking.expire_holds", "payments.close_all_stale"]
    assert "<h1" not in shown


def test_a_run_that_failed_is_made_good_by_the_next_one() -> None:
    db.session.execute(text("DELETE FROM outbox"))
    for slot, state in enumerate(("dead", "done", "dead")):
        row_id = later("booking.expire_holds", key=f"{PERIODIC}booking.expire_holds:{slot}")
        db.session.execute(update(OutboxRow).where(OutboxRow.id == row_id).values(state=state))
        expected = 0 if state == "done" else 1
        assert queries.outbox_figures(clock.now())["dead"] == expected, slot
    assert [(one.name, one.dead) for one in queries.job_figures(clock.now())] == [("booking.expire_holds", 1)]


def test_the_last_day_is_counted(client: Client) -> None:
    a_booking()
    counts = queries.happened_since(clock.now() - dt.timedelta(days=1))
    assert counts["booking.confirmed"] == counts["booking.held"] == counts["payment.succeeded"] == 1
    assert counts["booking.moved"] == 0
    assert set(queries.happened_since(clock.now() + dt.timedelta(days=1)).values()) == {0}
    sign_in(client, is_admin=True)
    assert "Bookings confirmed" in client.get("/desk/health").text


def test_a_dead_job_is_tried_again_and_it_is_noted_who_wanted_that(client: Client) -> None:
    row_id, other = given_up(error="Connection refused"), given_up("booking.complete_past")
    admin = sign_in(client, is_admin=True)
    shown = client.get("/desk/jobs").text
    assert "Connection refused" in shown
    assert sorted(box["value"] for box in found(shown, "input[name=row]")) == sorted([str(row_id), str(other)])
    answer = client.post("/desk/jobs/retry", data={"row": [str(row_id)]})
    assert answer.status_code == 303
    row = db.session.get_one(OutboxRow, row_id)
    assert (row.state, row.attempts) == ("due", 0)
    assert db.session.get_one(OutboxRow, other).state == "dead"
    noted = db.session.scalars(select(AuditEntry).where(AuditEntry.subject == f"outbox:{row_id}")).one()
    assert (noted.action, noted.user_id) == ("outbox.retried", admin.id)
    client.post("/desk/jobs/retry", data={"row": [str(row_id)]})
    assert "0 jobs are due again." in client.get("/desk/jobs").text


@pytest.mark.parametrize("chosen", [[], ["x"], ["-1"], ["9" * 40], ["1"] * 201])
def test_a_choice_that_is_none_is_refused_in_words(client: Client, chosen: list[str]) -> None:
    given_up()
    sign_in(client, is_admin=True)
    answer = client.post("/desk/jobs/retry", data={"row": chosen})
    assert answer.status_code == 422
    assert "Please choose" in answer.text


def test_jobs_are_filtered_by_state_and_name(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "PER_PAGE", 1)
    given_up(), given_up("booking.complete_past")
    sign_in(client, is_admin=True)
    db.session.execute(text("DELETE FROM outbox WHERE state <> 'dead'"))
    assert texts(client.get("/desk/jobs?name=booking.complete_past").text, "tbody th") == ["booking.complete_past"]
    assert texts(client.get("/desk/jobs?page=2").text, "tbody th") == ["booking.expire_holds"]
    assert "No such job" in client.get("/desk/jobs?state=due").text
    db.session.execute(text("DELETE FROM outbox"))
    assert "Nothing was given up" in client.htmx("/desk/jobs").text


def test_the_trail_is_filtered_by_record_person_act_and_day(client: Client) -> None:
    booking = a_booking()
    admin = sign_in(client, is_admin=True)
    record(actor_of(admin), "venue.renamed", "venue:7", {"before": "A", "after": "B"}, reason="A sign")

    def acts(query: str) -> list[str]:
        return texts(client.get(f"/desk/audit?{query}").text, "tbody th")

    assert acts(f"subject=booking:{booking.ref}")[-1] == "booking.held"
    assert acts("subject=venue:7") == ["venue.renamed"]
    assert set(acts("subject=venue:")) == {"venue.renamed", "venue.created"}
    assert acts(f"who={admin.email}&action=venue") == ["venue.renamed"]
    assert acts("who=nobody@example.org") == []
    assert acts("action=venue.renamed") == ["venue.renamed"]
    today = clock.now().date()
    assert "venue.renamed" in acts(f"from={today}&to={today}")
    assert acts(f"to={today - dt.timedelta(days=3)}") == []
    shown = client.get("/desk/audit?action=venue.renamed").text
    for words in ("before A", "after B", "A sign", admin.name):
        assert words in shown
    assert "Please give a date" in client.get("/desk/audit?from=soon").text


def test_older_entries_follow_without_a_gap(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trails, "PER_PAGE", 2)
    for number in range(5):
        record(SYSTEM, f"test.act_{number}", "test:1")
    sign_in(client, is_admin=True)
    seen, address = [], "/desk/audit?subject=test:1"
    while address:
        shown = client.get(address).text
        seen += texts(shown, "tbody th")
        older = found(shown, "a:lexbor-contains('Older')")
        address = older[0]["href"] if older else ""
    assert seen == [f"test.act_{number}" for number in reversed(range(5))]


def test_the_number_of_queries_does_not_grow_with_what_is_listed(client: Client) -> None:
    sign_in(client, is_admin=True)
    for path in ("/desk/health", "/desk/jobs", "/desk/audit"):
        client.get(path)
        with counted() as asked:
            client.get(path)
        assert len(asked) <= 13, path
