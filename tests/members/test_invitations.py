"""Invitations by mail: sent, renewed, taken back, counted, and accepted by the one they were for."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from bookapp.audit.models import AuditEntry
from bookapp.catalog.models import Facilitator, Merchant
from bookapp.catalog.queries import grants_of
from bookapp.identity.actor import SYSTEM, Grant
from bookapp.infra.db import db
from bookapp.members.actions import accept, invite, renew, withdraw
from bookapp.members.errors import (
    InvitationAccepted,
    InvitationForSomebodyElse,
    InvitationGone,
    LetterTooSoon,
    TooManyInvitations,
)
from bookapp.members.models import Invitation
from bookapp.members.rules import LETTERS_PER_WINDOW, Post
from bookapp.notifications.models import MessageRecord
from bookapp.values.errors import NotAllowed, NotFound, NotValid
from tests.builders import a_facilitator, a_merchant, a_user, a_venue, actor_of
from tests.builders.staff import a_host, a_manager_of, an_owner_of
from tests.members.letters import letters, token_in

pytestmark = pytest.mark.usefixtures("app")
NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(minutes=5)
WEEK = dt.timedelta(days=7)
MANAGER = Post("manager")


def invited(merchant: Merchant, email: str = "nora@example.org", post: Post = MANAGER) -> tuple[Invitation, str]:
    """A letter under way, and its token."""
    made = invite(SYSTEM, merchant.id, post, email=email, now=NOW)
    return made, token_in(letters(email)[-1])


def audited() -> list[str]:
    return list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_whoever_opens_the_letter_as_that_address_becomes_it() -> None:
    venue = a_venue()
    merchant = venue.merchant
    owner, nora = an_owner_of(merchant), a_user(email="nora@example.org")
    made = invite(owner, merchant.id, Post("manager", venue.id), email=" Nora@Example.org ", now=NOW)
    (letter,) = letters("nora@example.org")
    assert letter.subject == f"Work with {merchant.name}"
    assert f"Manager of {venue.name}" in letter.text
    token = token_in(letter)
    assert token not in made.token_hash
    accept(actor_of(nora), token, now=NOW + WEEK - dt.timedelta(seconds=1))
    assert grants_of(nora.id) == (Grant("manager", merchant.id, venue.id),)
    assert audited()[-3:] == ["invitation.sent", "role.granted", "invitation.accepted"]
    (told,) = db.session.scalars(select(MessageRecord).where(MessageRecord.kind == "members.accepted"))
    assert (told.user_id, told.channel) == (owner.user_id, "in_app")
    accept(actor_of(nora), token, now=NOW + 2 * WEEK)
    assert len(grants_of(nora.id)) == 1
    assert audited().count("invitation.accepted") == 1
    with pytest.raises(InvitationGone):
        accept(actor_of(a_user()), token, now=LATER)
    for act in (renew, withdraw):
        with pytest.raises(InvitationAccepted):
            act(owner, made.id, now=LATER)


def test_somebody_else_who_has_the_link_gets_nothing() -> None:
    merchant = a_merchant()
    _made, token = invited(merchant)
    other = a_user()
    with pytest.raises(InvitationForSomebodyElse) as refused:
        accept(actor_of(other), token, now=NOW)
    assert "nora@example.org" in str(refused.value)
    assert grants_of(other.id) == ()


def test_a_link_is_good_for_a_week_and_until_it_is_renewed_or_taken_back() -> None:
    merchant = a_merchant()
    owner, nora = an_owner_of(merchant), actor_of(a_user(email="nora@example.org"))
    made, first = invited(merchant)
    for token, now in ((first, NOW + WEEK), ("nonsense", NOW)):
        with pytest.raises(InvitationGone):
            accept(nora, token, now=now)
    with pytest.raises(LetterTooSoon):
        renew(owner, made.id, now=NOW + dt.timedelta(seconds=59))
    renew(owner, made.id, now=LATER)
    second = token_in(letters("nora@example.org")[-1])
    assert second != first
    with pytest.raises(InvitationGone):
        accept(nora, first, now=LATER)
    withdraw(owner, made.id, now=LATER)
    withdraw(owner, made.id, now=LATER)
    assert audited().count("invitation.withdrawn") == 1
    with pytest.raises(InvitationGone):
        accept(nora, second, now=LATER)
    with pytest.raises(InvitationGone):
        renew(owner, made.id, now=LATER + WEEK)
    assert grants_of(nora.user_id or 0) == ()


def test_asked_again_it_is_the_same_invitation() -> None:
    merchant = a_merchant()
    made, _token = invited(merchant)
    assert invite(SYSTEM, merchant.id, MANAGER, email="nora@example.org", now=NOW).id == made.id
    assert len(letters("nora@example.org")) == 1
    assert invite(SYSTEM, merchant.id, MANAGER, email="nora@example.org", now=LATER).id == made.id
    assert len(letters("nora@example.org")) == 2
    assert invite(SYSTEM, merchant.id, Post("owner"), email="nora@example.org", now=LATER).id != made.id


def test_only_an_owner_of_the_house_invites_and_takes_back() -> None:
    merchant = a_merchant()
    made, _token = invited(merchant)
    _person, host = a_host(merchant)
    for actor in (a_manager_of(merchant), host, an_owner_of(a_merchant())):
        with pytest.raises(NotAllowed):
            invite(actor, merchant.id, MANAGER, email="x@example.org", now=NOW)
    with pytest.raises(NotAllowed):
        renew(a_manager_of(merchant), made.id, now=LATER)
    for actor in (host, an_owner_of(a_merchant())):
        with pytest.raises(NotFound):
            withdraw(actor, made.id, now=LATER)
    for missing in (
        lambda: renew(SYSTEM, 987654, now=NOW),
        lambda: invite(SYSTEM, 987654, MANAGER, email="x@y.org", now=NOW),
    ):
        with pytest.raises(NotFound):
            missing()


def test_what_makes_no_sense_is_refused_at_its_field() -> None:
    merchant = a_merchant()
    elsewhere = a_venue()
    taken, _actor = a_host(merchant)
    boss = an_owner_of(merchant)
    refused = [
        ({"email": "nora"}, MANAGER, "email"),
        ({"email": boss.email}, Post("owner"), "email"),
        ({}, Post("king"), "role"),
        ({}, Post("manager", elsewhere.id), "venue_id"),
        ({"host_id": taken.id}, Post("facilitator"), "host"),
        ({"host_id": a_facilitator().id}, Post("facilitator"), "host"),
        ({"host_id": a_facilitator(merchant).id}, MANAGER, "host"),
    ]
    for facts, post, field in refused:
        with pytest.raises(NotValid) as refusal:
            invite(SYSTEM, merchant.id, post, **({"email": "nora@example.org", "now": NOW} | facts))  # type: ignore[arg-type]
        assert list(refusal.value.fields) == [field]
    assert not letters()


def test_a_house_writes_to_so_many_an_hour() -> None:
    merchant = a_merchant()
    for number in range(LETTERS_PER_WINDOW):
        invite(SYSTEM, merchant.id, MANAGER, email=f"one{number}@example.org", now=NOW)
    with pytest.raises(TooManyInvitations):
        invite(SYSTEM, merchant.id, MANAGER, email="more@example.org", now=LATER)
    invite(SYSTEM, a_merchant().id, MANAGER, email="more@example.org", now=LATER)
    invite(SYSTEM, merchant.id, MANAGER, email="more@example.org", now=NOW + dt.timedelta(minutes=61))


@pytest.mark.parametrize("is_taken", [False, True])
def test_the_account_becomes_the_facilitators_unless_it_is_somebodys_meanwhile(is_taken: bool) -> None:
    merchant = a_merchant()
    person, nora = a_facilitator(merchant, name="Nora"), a_user(email="nora@example.org")
    invite(SYSTEM, merchant.id, Post("facilitator"), email=nora.email, host_id=person.id, now=NOW)
    if is_taken:
        a_facilitator(a_merchant(), user_id=nora.id)
    accept(actor_of(nora), token_in(letters(nora.email)[0]), now=LATER)
    assert grants_of(nora.id) == (Grant("facilitator", merchant.id, None),)
    whose = db.session.scalar(select(Facilitator.user_id).where(Facilitator.id == person.id))
    assert whose == (None if is_taken else nora.id)
    (entry,) = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "invitation.accepted"))
    assert entry.facts["linked"] is not is_taken
