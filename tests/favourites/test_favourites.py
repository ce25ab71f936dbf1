"""Keeping rooms and venues, with and without script."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from bookapp.favourites import actions
from bookapp.favourites.models import Favourite
from bookapp.favourites.queries import Kept, kept_by
from bookapp.identity.actor import ANONYMOUS, SYSTEM
from bookapp.infra.db import db
from bookapp.values.errors import NotAllowed
from tests.builders import a_room, a_user, a_venue, actor_of
from tests.identity.people import a_person, come_in
from tests.support.client import Client
from tests.support.queries import counted
from tests.support.select import form_values, one
from tests.support.select import select as find


def how_many() -> int:
    return db.session.scalar(select(func.count()).select_from(Favourite)) or 0


@pytest.mark.usefixtures("app")
def test_what_is_kept_twice_is_kept_once_and_let_go_at_once():
    user, room = a_user(), a_room()
    actor = actor_of(user)
    for _ in range(2):
        actions.keep(actor, room)
        actions.keep(actor, room.venue)
    assert kept_by(user.id) == Kept(frozenset({room.id}), frozenset({room.venue_id}))
    for _ in range(2):
        actions.unkeep(actor, room)
    assert kept_by(user.id) == Kept(frozenset(), frozenset({room.venue_id}))


@pytest.mark.usefixtures("app")
def test_everybody_has_their_own():
    first, second, room = a_user(), a_user(), a_room()
    actions.keep(actor_of(first), room)
    actions.unkeep(actor_of(second), room)
    assert kept_by(first.id).rooms == {room.id}
    assert kept_by(second.id) == Kept()


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("actor", [ANONYMOUS, SYSTEM])
@pytest.mark.parametrize("verb", [actions.keep, actions.unkeep])
def test_without_an_account_there_is_nowhere_to_keep_it(actor, verb):
    with pytest.raises(NotAllowed):
        verb(actor, a_room())


@pytest.mark.usefixtures("app")
def test_a_visitor_costs_no_query():
    with counted() as statements:
        assert kept_by(None) == Kept()
    assert statements == []


def test_the_heart_keeps_and_lets_go_without_script(client: Client) -> None:
    a_venue(name="Mill")
    come_in(client, a_person())
    html = client.get("/venues/mill?people=2").text
    answer = client.post("/favourites", data=form_values(html, "form.heart") | {"keep": "yes"})
    assert (answer.status_code, answer.location) == (303, "/venues/mill?people=2")
    html = client.get("/venues/mill").text
    button = one(html, "form.heart button")
    assert (button["value"], button["aria-pressed"]) == ("no", "true")
    client.post("/favourites", data=form_values(html, "form.heart") | {"keep": "no"})
    assert how_many() == 0


def test_htmx_gets_the_heart_and_a_word(client: Client) -> None:
    a_room(a_venue(name="Mill"), name="Linden")
    come_in(client, a_person())
    html = client.get("/venues/mill").text
    assert len(find(html, "form.heart")) == 2
    values = form_values(html, ".offer form.heart") | {"keep": "yes"}
    answer = client.htmx("/favourites", "POST", data=values)
    assert one(answer.text, "form.heart button")["aria-pressed"] == "true"
    assert "Linden is kept." in answer.text
    assert how_many() == 1


def test_whoever_is_not_signed_in_is_asked_to_and_comes_back(client: Client) -> None:
    a_venue(name="Mill")
    html = client.get("/venues/mill").text
    answer = client.post(
        "/favourites",
        data=form_values(html, "form.heart") | {"keep": "yes"},
        headers={"Referer": "http://localhost/venues/mill"},
    )
    assert (answer.status_code, answer.location) == (303, "/login?next=%2Fvenues%2Fmill")
    assert how_many() == 0


@pytest.mark.parametrize(
    "change", [{"kind": "person"}, {"slug": ""}, {"slug": "nowhere"}, {"keep": "perhaps"}, {"slug": "x" * 200}]
)
def test_what_is_not_there_cannot_be_kept(client: Client, change: dict[str, str]) -> None:
    a_venue(name="Mill")
    come_in(client, a_person())
    values = form_values(client.get("/venues/mill").text, "form.heart") | {"keep": "yes"}
    assert client.post("/favourites", data=values | change).status_code == 404


def test_nobody_is_sent_elsewhere(client: Client) -> None:
    a_venue(name="Mill")
    come_in(client, a_person())
    values = form_values(client.get("/venues/mill").text, "form.heart") | {"keep": "yes", "back": "//evil.example"}
    assert client.post("/favourites", data=values).location == "/"
