"""Reads: what is not listed is not found, and the number of queries does not depend on how much there is."""

import datetime as dt

import pytest

from bookapp.catalog import actions, queries
from bookapp.identity.actor import SYSTEM, Grant
from bookapp.infra.db import db
from bookapp.values.errors import NotFound
from tests.builders import (
    a_facilitator,
    a_merchant,
    a_room,
    a_service,
    a_user,
    a_venue,
    actor_of,
    an_addon,
)
from tests.support.queries import counted

pytestmark = pytest.mark.usefixtures("app")

NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)


def test_a_room_comes_with_all_a_page_needs():
    room = a_room()
    actions.add_photo(SYSTEM, room, path="scenes/hall.svg", alt="A hall")
    db.session.expunge_all()
    with counted() as statements:
        found = queries.room_by_slug(room.slug)
        assert found.venue.merchant.name
        assert queries.terms_of_room(found).name == "Standard"
        assert found.photos[0].path == "scenes/hall.svg"
    assert len(statements) == 4, "the version, its id, the room with everything, its photos"


def test_a_room_may_have_terms_of_its_own():
    venue = a_venue()
    strict = actions.ensure_terms_presets()["Strict"]
    room = a_room(venue, terms_id=strict.id)
    db.session.expunge_all()
    assert queries.terms_of_room(queries.room_by_id(room.id)).name == "Strict"


@pytest.mark.parametrize("hidden", ["room", "venue", "merchant"])
def test_an_unlisted_room_venue_or_merchant_hides_the_room(hidden):
    merchant = a_merchant(listed=hidden != "merchant")
    venue = a_venue(merchant, listed=hidden != "venue")
    room = a_room(venue, listed=hidden != "room")
    with pytest.raises(NotFound):
        queries.room_by_slug(room.slug)
    assert queries.rooms_by_id([room.id]) == {}
    assert list(queries.rooms_of_venue(venue.id)) == []


def test_what_does_not_exist_is_not_found():
    for read in (
        queries.merchant_by_slug,
        queries.venue_by_slug,
        queries.room_by_slug,
        queries.service_by_slug,
        queries.facilitator_by_slug,
    ):
        with pytest.raises(NotFound):
            read("nothing")


def test_unlisted_merchants_venues_services_and_people_are_not_found():
    hidden = a_merchant(listed=False)
    for read, slug in (
        (queries.merchant_by_slug, hidden.slug),
        (queries.venue_by_slug, a_venue(hidden).slug),
        (queries.venue_by_slug, a_venue(listed=False).slug),
        (queries.service_by_slug, a_service(hidden).slug),
        (queries.service_by_slug, a_service(listed=False).slug),
        (queries.facilitator_by_slug, a_facilitator(hidden).slug),
        (queries.facilitator_by_slug, a_facilitator(listed=False).slug),
    ):
        with pytest.raises(NotFound):
            read(slug)


def test_a_service_comes_with_all_a_page_needs():
    merchant = a_merchant()
    venue = a_venue(merchant)
    gone = a_facilitator(merchant, listed=False)
    service = a_service(
        merchant, hosts=[a_facilitator(merchant), gone], rooms=[a_room(venue), a_room(venue, listed=False)]
    )
    db.session.expunge_all()
    found = queries.service_by_slug(service.slug)
    assert len(found.hosts) == len(found.rooms) == 1
    assert found.hosts[0].photos == ()
    assert found.rooms[0].venue.name == venue.name
    assert found.lengths[0].price_minor == 1600
    assert queries.terms_of_service(found).name == "Standard"


def test_a_private_service_is_found_by_address_only():
    service = a_service(private=True)
    assert queries.service_by_id(service.id).id == service.id
    assert list(queries.services_of_merchant(service.merchant_id)) == []


def test_a_persons_services_are_appointments():
    merchant = a_merchant()
    person = a_facilitator(merchant)
    a_service(merchant, hosts=[person])
    appointment = a_service(merchant, kind="appointment", hosts=[person])
    a_service(merchant, kind="appointment")
    assert [service.id for service in queries.services_of_facilitator(person.id)] == [appointment.id]


def test_addons_of_a_room_are_its_venues():
    room = a_room()
    addon = an_addon(room.venue)
    an_addon(a_venue())
    service = a_service()
    other = an_addon(service)
    assert [one.id for one in queries.addons_for_room(room)] == [addon.id]
    assert [one.id for one in queries.addons_for_service(service)] == [other.id]


def test_cities_are_those_one_can_go_to():
    a_venue(city="London")
    a_venue(city="Berlin")
    a_venue(city="Berlin")
    a_venue(city="Nowhere", listed=False)
    assert list(queries.cities()) == ["Berlin", "London"]


def test_grants_of_a_user():
    user, venue = a_user(), a_venue()
    actions.grant_role(SYSTEM, user_id=user.id, merchant_id=venue.merchant_id, role="manager", venue_id=venue.id)
    assert queries.grants_of(user.id) == (Grant("manager", venue.merchant_id, venue.id),)
    assert actor_of(user).has_role(venue.merchant_id, venue.id, "manager")


@pytest.mark.parametrize(
    "read",
    [
        lambda merchant, venue: queries.venues_of_merchant(merchant.id),
        lambda merchant, venue: queries.rooms_of_venue(venue.id),
        lambda merchant, venue: queries.services_of_merchant(merchant.id),
        lambda merchant, venue: queries.people_of_merchant(merchant.id),
    ],
)
def test_the_number_of_queries_is_constant(read):
    merchant = a_merchant()
    venue = a_venue(merchant)

    def fill() -> None:
        person = a_facilitator(merchant)
        a_service(merchant, hosts=[person], rooms=[a_room(venue)])
        a_venue(merchant)

    def cost() -> int:
        db.session.expunge_all()
        with counted() as statements:
            read(merchant, venue)
        return len(statements)

    fill()
    before = cost()
    for _ in range(3):
        fill()
    assert cost() == before
