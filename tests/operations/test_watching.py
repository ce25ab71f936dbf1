"""What an admin watches: webhooks received, the parts and rates of the whole, and who did what as whom."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import replace
from pathlib import Path

import pytest
from redis import RedisError
from sqlalchemy import select, update

from bookapp.audit.actions import record
from bookapp.audit.models import AuditEntry
from bookapp.infra import clock, queue
from bookapp.infra.claims import PERIODIC
from bookapp.infra.db import db
from bookapp.infra.outbox import OutboxRow, later
from bookapp.operations import queries
from bookapp.operations.queries import watching as watched
from bookapp.payments import actions as payments
from bookapp.payments.gateways.base import Notice
from bookapp.payments.models import WebhookEvent
from bookapp.payments.queries import webhook_key
from bookapp.payments.queries import webhooks as received
from bookapp.values.errors import NotAllowed
from tests.builders import a_user, actor_of
from tests.builders.booking import a_booking
from tests.support.client import Client
from tests.support.jobs import work_off
from tests.support.queries import counted
from tests.support.select import one, texts
from tests.support.select import select as found
from tests.support.staff import sign_in

pytestmark = pytest.mark.usefixtures("app")
WORK = "payments.work_off_webhook"


def a_webhook(number: int, kind: str = "charge.paid", gateway: str = "sandbox") -> int:
    payload = {"subject": "nothing", "secret": "4242 4242"}
    payments.note_webhook(gateway, Notice(f"evt_{number}", kind, "nothing", "ch_1", payload))
    return db.session.scalars(select(WebhookEvent.id).where(WebhookEvent.event_id == f"evt_{number}")).one()


def shown(client: Client, query: str = "") -> list[str]:
    return texts(client.get(f"/desk/webhooks{query}").text, "#rows tbody th")


def test_webhooks_are_listed_without_what_is_in_them(client: Client) -> None:
    sign_in(client, is_admin=True)
    assert "No webhooks" in client.get("/desk/webhooks").text
    a_webhook(1)
    a_webhook(2, "refund.sent")
    work_off(WORK)
    a_webhook(3, "dispute.opened", "stripe")
    page = client.get("/desk/webhooks").text
    assert texts(page, "#rows tbody th") == ["dispute.opened", "refund.sent", "charge.paid"]
    assert texts(page, "#rows tbody .badge") == ["Waiting", "Worked off", "Worked off"]
    assert "4242" not in page
    assert shown(client, "?gateway=stripe") == ["dispute.opened"]
    assert shown(client, "?state=waiting") == ["dispute.opened"]
    assert shown(client, "?state=done&kind=refund") == ["refund.sent"]
    assert "<h1" not in client.htmx("/desk/webhooks").text


def test_one_that_was_given_up_is_worked_off_again_and_it_is_noted_who_wanted_that(client: Client) -> None:
    event_id = a_webhook(1)
    given_up = update(OutboxRow).where(OutboxRow.key == webhook_key(event_id, 1))
    db.session.execute(given_up.values(state="dead", attempts=7, last_error="no answer"))
    admin = sign_in(client, is_admin=True)
    page = client.get("/desk/webhooks").text
    assert "no answer" in page
    assert one(page, "#rows td.end").text == "7"
    assert client.post(f"/desk/webhooks/{event_id}/retry").status_code == 303
    client.post(f"/desk/webhooks/{event_id}/retry")
    assert "It waits for its turn anyway." in client.get("/desk/webhooks").text
    assert work_off(WORK) == 1
    assert texts(client.get("/desk/webhooks").text, "#rows .badge") == ["Worked off"]
    noted = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "webhook.retried")).all()
    assert [(entry.subject, entry.user_id) for entry in noted] == [(f"webhook:{event_id}", admin.id)]
    assert client.post("/desk/webhooks/987654/retry").status_code == 404
    with pytest.raises(NotAllowed):
        payments.work_off_again(actor_of(a_user()), event_id)


def test_what_was_forgotten_of_the_work_is_not_made_up(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    a_webhook(1), a_webhook(2)
    db.session.execute(db.delete(OutboxRow))
    sign_in(client, is_admin=True)
    page = client.get("/desk/webhooks").text
    assert texts(page, "#rows td.end") == ["–", "–"]
    assert texts(page, "#rows .badge") == ["Not worked off"] * 2
    monkeypatch.setattr("bookapp.payments.queries.received._PER_PAGE", 1)
    assert received(page=1).is_more
    assert not received(page=2).is_more
    assert len(shown(client, "?page=2")) == 1


def test_the_trail_shows_overrides_and_what_was_done_as_somebody_else(client: Client) -> None:
    admin, other = sign_in(client, is_admin=True), a_user(name="Tom Weber")
    record(actor_of(admin), "booking.cancelled", "booking:B7K2QF", {"override": True}, reason="Asked by phone")
    record(replace(actor_of(other), impersonator_id=admin.id), "booking.held", "booking:B7K2QG")
    record(actor_of(other), "booking.held", "booking:B7K2QH")

    def about(query: str) -> list[str]:
        return texts(client.get(f"/desk/audit?{query}").text, "tbody a")

    assert about("only=override") == ["booking:B7K2QF"]
    assert about("only=impersonated") == ["booking:B7K2QG"]
    assert set(about(f"who={other.email}")) == {"booking:B7K2QG", "booking:B7K2QH"}
    page = client.get("/desk/audit?only=override").text
    assert "Asked by phone" in page
    assert texts(page, "tbody .badge") == ["Override"]
    assert "Tom Weber" in one(client.get("/desk/audit?only=impersonated").text, "tbody").text


def part(name: str, folder: Path, now: dt.datetime | None = None) -> watched.Part:
    return next(each for each in queries.parts(folder, now or clock.now()) if each.name == name)


def test_redis_and_its_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert part("redis", tmp_path).state == "good"
    assert (part("worker", tmp_path).state, part("worker", tmp_path).figures) == ("bad", {"workers": 0})
    monkeypatch.setattr(queue.Doorbell, "workers", lambda self: 2)
    assert part("worker", tmp_path).state == "good"

    def away(self: queue.Doorbell) -> int:
        raise RedisError

    monkeypatch.setattr(queue.Doorbell, "waiting", away)
    assert [part(name, tmp_path).state for name in ("redis", "worker")] == ["bad", "wait"]


def test_the_scheduler_was_seen_when_it_last_promised_something(tmp_path: Path) -> None:
    db.session.execute(db.delete(OutboxRow))
    assert part("scheduler", tmp_path).state == "bad"
    now = clock.now()
    row_id = later("booking.expire_holds", key=f"{PERIODIC}booking.expire_holds:{int(now.timestamp()) // 10}")
    assert part("scheduler", tmp_path, now).state == "good"
    soon = now + dt.timedelta(minutes=5)
    assert part("scheduler", tmp_path, soon).state == "wait", "the last one has not had its turn"
    db.session.execute(update(OutboxRow).where(OutboxRow.id == row_id).values(state="done"))
    assert part("scheduler", tmp_path, soon).state == "bad"


def test_the_last_backup_is_the_newest_file(tmp_path: Path) -> None:
    assert part("backup", tmp_path).at is None
    folder = tmp_path / "backups"
    folder.mkdir()
    assert part("backup", tmp_path).state == "wait"
    for name, age in (("old", 3), ("new", 1)):
        (folder / name).write_text("x")
        at = clock.now() - dt.timedelta(days=age)
        os.utime(folder / name, (at.timestamp(), at.timestamp()))
    seen = part("backup", tmp_path)
    assert seen.state == "good"
    assert seen.at is not None
    assert clock.now() - seen.at < dt.timedelta(hours=25)
    assert part("backup", tmp_path, clock.now() + dt.timedelta(days=2)).state == "bad"


def test_a_disk_that_is_nearly_full_is_bad_news(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert part("disk", tmp_path).figures["percent"] >= 0
    monkeypatch.setattr(watched.shutil, "disk_usage", lambda folder: (100 * 10**9, 95 * 10**9, 5 * 10**9))
    assert (part("disk", tmp_path).state, part("disk", tmp_path).figures) == ("bad", {"gigabytes": 5, "percent": 5})
    monkeypatch.undo()
    assert part("disk", tmp_path / "nowhere").state == "bad"


def test_rates_are_of_the_last_five_minutes() -> None:
    a_booking()
    row_id = later("booking.complete_past")
    done = update(OutboxRow).where(OutboxRow.id == row_id)
    db.session.execute(done.values(state="done", finished_at=clock.now()))
    now = queries.rates(clock.now())
    assert (now["booking.confirmed"], now["jobs"]) == (0.2, 0.2)
    assert set(queries.rates(clock.now() + dt.timedelta(minutes=6)).values()) == {0.0}


def test_the_page_names_every_part_and_each_rate(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in(client, is_admin=True)
    a_webhook(1)
    page = client.get("/desk/health").text
    told = dict(zip(texts(page, "dl dt"), texts(page, "dl dd"), strict=True))
    assert set(told) == {"Redis", "Workers", "Scheduler", "Last backup", "Disk"}
    assert told["Last backup"] == "none yet"
    assert told["Disk"]
    assert any("webhooks not worked off" in figure and "1" in figure for figure in texts(page, ".stat"))
    gone = [watched.Part("redis", "bad"), watched.Part("worker", "wait"), watched.Part("scheduler", "bad"),
            watched.Part("disk", "bad")]  # fmt: skip
    monkeypatch.setattr(queries, "parts", lambda folder, now: gone)
    told = texts(client.get("/desk/health").text, "dl dd")
    assert told == ["does not answer", "not known without Redis", "not seen for an hour", "cannot be read"]
    now = [watched.Part("worker", "good", {"workers": 2}), watched.Part("backup", "good", at=clock.now())]
    monkeypatch.setattr(queries, "parts", lambda folder, now_: now)
    assert texts(client.get("/desk/health").text, "dl dd")[0] == "2 listen"


def test_the_number_of_queries_does_not_grow_with_what_is_listed(client: Client) -> None:
    sign_in(client, is_admin=True)
    for number in range(3):
        a_webhook(number)
        for path in ("/desk/webhooks", "/desk/audit?only=override", "/desk/health"):
            client.get(path)
            with counted() as asked:
                client.get(path)
            assert len(asked) <= 14, path
    assert not found(client.get("/desk/webhooks").text, "form[action*=retry] .btn--bad")
