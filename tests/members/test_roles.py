"""What a member is: changed and taken by the owner, told by mail, and never without an owner."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, update

from bookapp.audit.models import AuditEntry
from bookapp.catalog.actions import grant_role, link_account, revoke_role
from bookapp.catalog.errors import LastOwner
from bookapp.catalog.models import Facilitator, Merchant
from bookapp.catalog.queries import grants_of
from bookapp.identity.actor import SYSTEM, Grant
from bookapp.identity.models import User
from bookapp.infra.db import db
from bookapp.members.actions import set_posts
from bookapp.members.errors import MembersChanged
from bookapp.members.models import Invitation
from bookapp.members.queries.members import member_of, members_of
from bookapp.members.rules import LETTERS_PER_WINDOW, Post
from bookapp.values.errors import NotAllowed, NotFound, NotValid
from tests.builders import a_facilitator, a_merchant, a_user, a_venue, actor_of
from tests.builders.staff import a_manager_of, an_owner_of
from tests.members.letters import letters
from tests.support.client import Client
from tests.support.queries import counted
from tests.support.select import form_values, one, submit, texts
from tests.support.staff import sign_in

pytestmark = pytest.mark.usefixtures("app")
OWNER, HOST, EVERYWHERE = Post("owner"), Post("facilitator"), Post("manager")


def a_member(merchant: Merchant, *posts: Post) -> User:
    user = a_user()
    for post in posts:
        grant_role(SYSTEM, user_id=user.id, merchant_id=merchant.id, role=post.role, venue_id=post.venue_id)
    return user


def version(merchant: Merchant, user: User) -> str:
    return member_of(merchant.id, user.id).version


def test_a_member_becomes_something_else_and_reads_it() -> None:
    venue = a_venue()
    merchant, person = venue.merchant, a_facilitator(venue.merchant)
    owner, member = an_owner_of(merchant), a_member(merchant, EVERYWHERE)
    wanted = {Post("manager", venue.id), HOST}
    set_posts(owner, merchant.id, member.id, wanted, version=version(merchant, member), host_id=person.id)
    assert set(grants_of(member.id)) == {
        Grant("manager", merchant.id, venue.id), Grant("facilitator", merchant.id, None),
    }  # fmt: skip
    assert member_of(merchant.id, member.id).host == (person.id, person.name)
    (letter,) = letters(member.email)
    assert f"Manager of {venue.name}" in letter.text
    assert "Facilitator" in letter.text
    trail = list(db.session.scalars(select(AuditEntry.action).where(AuditEntry.user_id == owner.user_id)))
    assert sorted(trail) == ["facilitator.linked", "role.granted", "role.granted", "role.revoked"]
    # The same once more changes nothing and tells nobody; taken and given back is told again.
    for posts in (wanted, {HOST}, wanted, set[Post]()):
        set_posts(owner, merchant.id, member.id, posts, version=version(merchant, member), host_id=person.id)
    assert len(letters(member.email)) == 4
    assert "no longer" in letters(member.email)[-1].html
    assert grants_of(member.id) == ()
    assert db.session.scalar(select(Facilitator.user_id).where(Facilitator.id == person.id)) is None


def test_a_house_is_never_without_an_owner_who_can_sign_in() -> None:
    merchant = a_merchant()
    first, second = a_member(merchant, OWNER), a_member(merchant, OWNER)
    second.disabled_at = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    db.session.commit()
    for posts in ({EVERYWHERE}, set[Post]()):
        with pytest.raises(LastOwner):
            set_posts(actor_of(first), merchant.id, first.id, posts, version=version(merchant, first))
    with pytest.raises(LastOwner):
        revoke_role(SYSTEM, user_id=first.id, merchant_id=merchant.id, role="owner")
    assert grants_of(first.id) == (Grant("owner", merchant.id, None),)
    set_posts(actor_of(first), merchant.id, second.id, set(), version=version(merchant, second))
    assert [member.user_id for member in members_of(merchant.id)] == [first.id]
    assert not letters(first.email)


def test_who_may_and_of_whom() -> None:
    merchant, member = a_merchant(), a_user()
    an_owner_of(merchant)
    for actor in (a_manager_of(merchant), an_owner_of(a_merchant())):
        with pytest.raises(NotAllowed):
            set_posts(actor, merchant.id, member.id, {OWNER}, version="")
    for house in (merchant.id, 987654):
        with pytest.raises(NotFound):
            set_posts(SYSTEM, house, member.id, {OWNER}, version="")
    worker = a_member(merchant, HOST)
    with pytest.raises(MembersChanged):
        set_posts(SYSTEM, merchant.id, worker.id, {OWNER}, version="of yesterday")
    for posts in ({EVERYWHERE, Post("manager", a_venue(merchant).id)}, {Post("manager", a_venue().id)}):
        with pytest.raises(NotValid):
            set_posts(SYSTEM, merchant.id, worker.id, posts, version=version(merchant, worker))


def test_an_account_is_one_facilitator_and_a_facilitator_one_account() -> None:
    merchant = a_merchant()
    person, other, user = a_facilitator(merchant), a_facilitator(merchant), a_user()
    link_account(SYSTEM, person.id, user.id)
    link_account(SYSTEM, person.id, user.id)
    for facilitator_id, user_id in ((person.id, a_user().id), (other.id, user.id)):
        with pytest.raises(NotValid):
            link_account(SYSTEM, facilitator_id, user_id)
    with pytest.raises(NotAllowed):
        link_account(a_manager_of(merchant), other.id, a_user().id)
    with pytest.raises(NotFound):
        link_account(SYSTEM, 987654, user.id)


def test_the_page_of_an_owner(client: Client) -> None:
    venue = a_venue(name="Mill")
    merchant = venue.merchant
    person = a_facilitator(merchant, name="Priya")
    me = sign_in(client, merchant_id=merchant.id)
    there = f"/desk/members?merchant={merchant.slug}"
    answer = submit(client, there, "form.sheet", email="nora@example.org", role=f"manager-{venue.id}")
    assert (answer.status_code, answer.location) == (303, there)
    submit(client, there, "form.sheet", email="kai@example.org", role="facilitator", host=str(person.id))
    html = client.get(there).text
    assert texts(html, "table tbody th") == [me.name]
    assert [words.split()[0] for words in texts(html, ".ruled b")] == ["kai@example.org", "nora@example.org"]
    assert "Manager of Mill" in html
    assert "Facilitator (Priya)" in html
    bad = submit(client, there, "form.sheet", email="nora")
    assert (bad.status_code, one(bad.text, "#email")["value"]) == (422, "nora")
    too_soon = client.post(one(html, "li:first-child form[action$=renewal]")["action"])
    assert too_soon.status_code == 429
    db.session.execute(update(Invitation).values(sent_at=Invitation.sent_at - dt.timedelta(minutes=2)))
    assert client.post(one(html, "li:first-child form[action$=renewal]")["action"]).location == there
    assert len(letters("kai@example.org")) == 2
    db.session.execute(update(Invitation).values(sent_count=LETTERS_PER_WINDOW))
    assert submit(client, there, "form.sheet", email="max@example.org").status_code == 429
    gone = client.post(one(html, "li:first-child form[action$=withdrawal]")["action"])
    assert gone.status_code == 303
    assert [words.split()[0] for words in texts(client.get(there).text, ".ruled b")] == ["nora@example.org"]


def test_roles_are_changed_on_the_page_and_two_editors_see_each_other(client: Client) -> None:
    venue = a_venue(name="Mill")
    merchant = venue.merchant
    worker = a_member(merchant, HOST)
    sign_in(client, merchant_id=merchant.id)
    there = f"/desk/members/{worker.id}?merchant={merchant.slug}"
    typed = form_values(client.get(there).text, "form.stack:not(.sheet)") | {"act": "save"}
    for wrong in ({"manages": "some"}, {}):
        answer = client.post(f"/desk/members/{worker.id}", data=typed | wrong)
        assert answer.status_code == 422
    done = client.post(f"/desk/members/{worker.id}", data=typed | {"manages": "some", "venues": str(venue.id)})
    assert done.status_code == 303
    assert grants_of(worker.id) == (Grant("manager", merchant.id, venue.id),)
    late = client.post(f"/desk/members/{worker.id}", data=typed | {"owner": "y"})
    assert late.status_code == 409
    assert texts(late.text, ".notice li") == ["Manager of Mill"]
    again = typed | {"owner": "y", "version": one(late.text, "form.stack:not(.sheet) input[name=version]")["value"]}
    assert client.post(f"/desk/members/{worker.id}", data=again).status_code == 303
    assert grants_of(worker.id) == (Grant("owner", merchant.id, None),)
    assert submit(client, there, "form.sheet", act="remove").status_code == 303
    assert client.get(there).status_code == 404


def test_an_owner_leaves_only_when_there_is_another(client: Client) -> None:
    merchant = a_merchant()
    me = sign_in(client, merchant_id=merchant.id)
    there = f"/desk/members/{me.id}?merchant={merchant.slug}"
    kept = submit(client, there, "form.sheet", act="remove")
    assert kept.status_code == 409
    assert "needs an owner" in one(kept.text, ".notice[data-tone=bad]").text
    a_member(merchant, OWNER)
    assert submit(client, there, "form.sheet", act="remove").location == "/bookings"
    assert client.get("/desk").status_code == 403


def test_a_manager_looks_and_changes_nothing(client: Client) -> None:
    merchant = a_merchant()
    owner = a_member(merchant, OWNER)
    sign_in(client, merchant_id=merchant.id, role="manager")
    html = client.get("/desk/members").text
    assert owner.email in html
    assert "/desk/members/" not in html.replace("/desk/members?", "")
    assert client.get(f"/desk/members/{owner.id}").status_code == 403


def test_many_members_cost_no_more_than_few(client: Client) -> None:
    merchant = a_merchant()
    sign_in(client, merchant_id=merchant.id)

    def asked() -> int:
        with counted() as statements:
            assert client.get("/desk/members").status_code == 200
        return len(statements)

    few = asked()
    for _number in range(5):
        a_member(merchant, HOST, EVERYWHERE)
    assert asked() == few
