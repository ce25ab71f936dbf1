"""What a facilitator says of themselves, and what only the house may say."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bookapp.audit.models import AuditEntry
from bookapp.catalog.actions import change_profile
from bookapp.catalog.errors import ProfileChanged
from bookapp.catalog.queries.people import version_of_profile
from bookapp.catalog.rules import ProfileDraft
from bookapp.infra.db import db
from bookapp.values.errors import NotAllowed, NotFound, NotValid
from tests.builders.staff import a_manager_of, an_owner_of
from tests.crm.hosts import Host, a_host, enter
from tests.support.client import Client
from tests.support.select import form_values, one, select, submit, texts

WORDS = {"headline": "Breath", "about": "Nine years a doctor.", "years": "14", "city": "London"}


@pytest.fixture
def host(client: Client) -> Host:
    """Signed in."""
    made = a_host(name="Priya Sharma", level="expert", years=3)
    enter(client, made)
    return made


def test_it_is_saved_and_stands_on_the_public_page(client: Client, host: Host) -> None:
    shown = client.get("/desk/profile").text
    assert texts(shown, ".lines dd") == ["Priya Sharma", "expert"]
    assert one(shown, "#years")["value"] == "3"
    assert submit(client, "/desk/profile", **WORDS).location == "/desk/profile"
    page = client.get(one(shown, "main a.btn")["href"]).text
    assert "Breath · 14 years · expert" in page
    assert "Nine years a doctor." in page
    (entry,) = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "facilitator.changed"))
    assert entry.facts == {"fields": ["headline", "about", "years", "city"]}
    submit(client, "/desk/profile")
    assert db.session.scalar(sa.select(sa.func.count()).where(AuditEntry.action == "facilitator.changed")) == 1


def test_level_and_name_are_not_fields(client: Client, host: Host) -> None:
    submit(client, "/desk/profile", **WORDS, level="junior", name="Somebody Else", listed="0")
    assert (host.person.level, host.person.name, host.person.listed) == ("expert", "Priya Sharma", True)


@pytest.mark.parametrize(
    ("field", "value"), [("years", "many"), ("years", "81"), ("years", ""), ("headline", "x" * 201), ("city", "\x07")]
)
def test_what_cannot_be_used_stays_typed(client: Client, host: Host, field: str, value: str) -> None:
    answer = submit(client, "/desk/profile", **(WORDS | {field: value}))
    assert answer.status_code == 422
    assert select(answer.text, f"#{field}[aria-invalid]")
    assert one(answer.text, "#about").text == WORDS["about"]
    assert host.person.headline == ""


def test_who_saves_second_sees_both(client: Client, host: Host) -> None:
    old = form_values(client.get("/desk/profile").text, "main form")
    submit(client, "/desk/profile", **WORDS)
    answer = client.post("/desk/profile", data=old | {"headline": "Stillness", "years": "5"})
    assert answer.status_code == 409
    assert texts(answer.text, ".stands dd") == ["Breath", "Nine years a doctor.", "14", "London"]
    assert one(answer.text, "#headline")["value"] == "Stillness"
    assert client.post("/desk/profile", data=form_values(answer.text, "main form")).status_code == 303
    assert host.person.headline == "Stillness"


def test_the_person_and_the_owner_may_and_nobody_else(host: Host) -> None:
    version, draft = version_of_profile(host.person), ProfileDraft(headline="Breath")
    for actor in (a_manager_of(host.merchant), a_host(host.merchant).actor, an_owner_of(a_host().merchant)):
        with pytest.raises(NotAllowed):
            change_profile(actor, host.person.id, draft, version=version)
    with pytest.raises(NotFound):
        change_profile(host.actor, 10**9, draft, version=version)
    with pytest.raises(NotValid):
        change_profile(host.actor, host.person.id, ProfileDraft(years=-1), version=version)
    change_profile(an_owner_of(host.merchant), host.person.id, draft, version=version)
    with pytest.raises(ProfileChanged):
        change_profile(host.actor, host.person.id, draft, version=version)
