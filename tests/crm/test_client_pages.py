"""The pages of clients: what stands on them for whom, and that a form without script does the same as with."""

from __future__ import annotations

import csv
import io

import pytest
import sqlalchemy as sa

from bookapp.audit.models import AuditEntry
from bookapp.crm.actions import clients as actions
from bookapp.crm.models import ClientMessage
from bookapp.crm.rules.clients import MOST_A_DAY_TO_ONE
from bookapp.infra import clock
from bookapp.infra.db import db
from tests.builders import a_user
from tests.builders.booking import NOW
from tests.crm.hosts import Host, a_host, enter
from tests.support.client import Client
from tests.support.queries import counted
from tests.support.select import one, select, submit, texts
from tests.support.staff import sign_in

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def host(client: Client) -> Host:
    """Signed in at the client's browser."""
    made = a_host(name="Priya Sharma")
    enter(client, made)
    return made


def audited(action: str) -> int:
    return db.session.scalar(sa.select(sa.func.count()).where(AuditEntry.action == action)) or 0


def test_the_list_says_when_how_often_and_how_much(client: Client, host: Host) -> None:
    miriam = a_user(name="Miriam Okafor", email="miriam@example.org")
    host.booked_by(miriam, days=2, state="completed")
    host.booked_by(miriam, days=9)
    host.booked_by(a_user(name="Tom Alder"))
    actions.add_tag(host.actor, miriam.id, "knee")
    shown = client.get("/desk/clients").text
    assert texts(shown, ".clients tbody th") == ["Miriam Okafor", "Tom Alder"]
    row = texts(shown, ".clients tbody tr")[0]
    assert row == "Miriam Okafor Wed 10 Mar 2027, 09:00 Wed 3 Mar 2027 1 €32.00 knee miriam@example.org"
    assert one(shown, ".clients [aria-sort]").text == "Name ↑"
    assert "Days are those of Berlin" in one(shown, "#list").text
    assert texts(client.get("/desk/clients?tag=knee").text, ".clients tbody th") == ["Miriam Okafor"]
    assert texts(client.get("/desk/clients?q=alder&sort=visits").text, ".clients tbody th") == ["Tom Alder"]
    assert one(client.get("/desk/clients?tag=knee").text, ".chip[aria-current]")["href"] == "/desk/clients"
    assert "<html" not in client.htmx("/desk/clients?q=tom").text
    assert one(client.get("/desk/clients?q=nobody").text, ".empty h2").text == "Nobody fits"
    assert select(client.get(f"/desk/clients?q={'x' * 101}").text, "#q[aria-invalid]")


def test_a_list_of_nobody_tells_how_people_get_there(client: Client, host: Host) -> None:
    shown = client.get("/desk/clients").text
    assert one(shown, ".empty h2").text == "No clients yet"
    assert not select(shown, "a[href^='/desk/clients.csv']")


def test_a_spreadsheet_gets_everybody_and_no_formulas(client: Client, host: Host) -> None:
    villain = a_user(name='=HYPERLINK("http://x")', email="v@example.org")
    host.booked_by(villain, days=2, state="completed")
    actions.add_tag(host.actor, villain.id, "@sum")
    answer = client.get(one(client.get("/desk/clients?tag=@sum").text, "main a[href*='.csv']")["href"])
    assert answer.headers["Content-Disposition"] == 'attachment; filename="clients.csv"'
    head, row = csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert head == ["Name", "Email", "Visits", "Paid", "Last visit", "Next visit", "Tags"]
    assert row == ['\'=HYPERLINK("http://x")', "v@example.org", "1", "16.00 EUR", "2027-03-03 09:00", "", "'@sum"]
    assert audited("clients.exported") == 1


def test_a_card_tells_what_there_is(client: Client, host: Host) -> None:
    miriam = a_user(name="Miriam Okafor")
    booking = host.booked_by(miriam, days=2, state="completed")
    shown = client.get(f"/desk/clients/{miriam.id}").text
    assert one(shown, "h1").text == "Miriam Okafor"
    assert texts(shown, ".stat b") == ["1", "€16.00", "Wed 3 Mar 2027"]
    assert one(shown, f"a[href='/desk/bookings/{booking.ref}']").text == booking.title
    card = f"/desk/clients/{miriam.id}"
    with counted() as few:
        client.get(card)
    for days in (3, 4, 5):
        host.booked_by(miriam, days=days)
        actions.add_note(host.actor, miriam.id, f"Note {days}", key=f"note-{days}", now=NOW)
    with counted() as many:
        client.get(card)
    assert len(many) == len(few) <= 12


def test_tags_come_and_go_with_and_without_script(client: Client, host: Host) -> None:
    miriam = a_user()
    host.booked_by(miriam)
    card = f"/desk/clients/{miriam.id}"
    assert submit(client, card, "#tags form[action$='/tags']", tag="Knee").location == card
    part = client.htmx(f"{card}/tags", "POST", data={"tag": "mornings"}).text
    assert texts(part, "#tags .tag span") == ["knee", "mornings"]
    assert not select(part, "h1")
    for wrong in ("", ",", "x" * 31):
        answer = client.post(f"{card}/tags", data={"tag": wrong})
        assert answer.status_code == 422
        assert select(answer.text, "#tag[aria-invalid]")
    assert submit(client, card, "#tags li:first-child .tag").location == card
    assert texts(client.get(card).text, "#tags .tag span") == ["mornings"]


def test_notes_are_written_and_removed(client: Client, host: Host) -> None:
    miriam = a_user()
    host.booked_by(miriam)
    card = f"/desk/clients/{miriam.id}"
    assert submit(client, card, "#notes form", text="Sleeps badly.\n<b>Slowly.</b>").location == card
    assert texts(client.get(card).text, ".notes .words") == ["Sleeps badly. <b>Slowly.</b>"]
    answer = client.post(f"{card}/notes", data={"text": ""})
    assert answer.status_code == 422
    assert select(answer.text, "#text[aria-invalid]")
    part = client.htmx(one(client.get(card).text, ".notes form")["action"], "POST").text
    assert select(part, "#notes")
    assert not select(part, ".notes")


def test_a_message_goes_once_and_what_cannot_go_stays_typed(client: Client, host: Host) -> None:
    miriam = a_user()
    host.booked_by(miriam)
    card = f"/desk/clients/{miriam.id}"
    facts = {"subject": "Wednesday", "words": "Studio Two.", "idempotency_key": "one-key-of-ours"}
    for _ in range(2):
        assert submit(client, card, "#write form", **facts).location == card
    assert db.session.scalars(sa.select(ClientMessage.text)).all() == ["Studio Two."]
    assert "Your message is on its way." in client.get(card).text
    assert one(client.get(card).text, "summary").text.startswith("Wednesday")
    answer = client.post(f"{card}/messages", data={"subject": "", "words": "Typed"})
    assert answer.status_code == 422
    assert one(answer.text, "#words").text == "Typed"
    for number in range(MOST_A_DAY_TO_ONE - 1):
        actions.write_to_client(
            host.actor, miriam.id, subject="Hello", text="You", key=f"key-{number}", now=clock.now()
        )  # fmt: skip
    answer = client.post(f"{card}/messages", data={"subject": "More", "words": "Typed"})
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 23 * 3600
    assert "Please wait for 23 h" in one(answer.text, "#write [role=alert]").text
    assert one(answer.text, "#words").text == "Typed"


def test_somebody_elses_client_reads_as_none_at_all(client: Client, host: Host) -> None:
    colleague, miriam = a_host(host.merchant), a_user()
    colleague.booked_by(miriam)
    for number in (miriam.id, 10**20):
        card = f"/desk/clients/{number}"
        assert client.get(card).status_code == 404
        for path in ("tags", "tags/removal", "notes", "notes/1/removal", "messages"):
            facts = {"tag": "x", "text": "x", "subject": "x", "words": "x"}
            assert client.post(f"{card}/{path}", data=facts).status_code == 404
    assert client.get(f"/desk/clients?of={host.merchant.slug}").status_code == 404


def test_an_owner_sees_customers_and_nobodys_notes(client: Client) -> None:
    host, miriam = a_host(), a_user(name="Miriam Okafor")
    host.booked_by(miriam)
    actions.add_tag(host.actor, miriam.id, "knee")
    actions.add_note(host.actor, miriam.id, "Sleeps badly", key="a-key", now=NOW)
    sign_in(client, merchant_id=host.merchant.id)
    listed = client.get("/desk/clients?tag=knee").text
    assert texts(listed, ".clients tbody th") == ["Miriam Okafor"]
    card = client.get(one(listed, ".clients tbody a")["href"])
    assert card.status_code == 200
    for words in (listed, card.text):
        assert ">knee<" not in words
        assert "Sleeps badly" not in words
    assert not select(card.text, "main form")
    assert client.post(f"/desk/clients/{miriam.id}/notes", data={"text": "x"}).status_code == 404
    assert audited("client.seen") == 1
    assert client.get(f"/desk/clients/{a_user().id}").status_code == 404


def test_an_admin_sees_each_house_and_leaves_a_trace(client: Client) -> None:
    host, other = a_host(), a_host()
    host.booked_by(a_user(name="Miriam Okafor"))
    sign_in(client, is_admin=True)
    assert "Miriam Okafor" in client.get(f"/desk/clients?of={host.merchant.slug}").text
    assert "Miriam Okafor" not in client.get(f"/desk/clients?of={other.merchant.slug}").text
    assert audited("clients.listed") == 2
