"""What the catalogue's verbs make, and what they refuse."""

import pytest
from sqlalchemy import func, select

from bookapp.audit.models import AuditEntry
from bookapp.catalog import actions
from bookapp.catalog.errors import LastOwner
from bookapp.catalog.models import Membership, Resource, Terms
from bookapp.catalog.rules import STANDARD, AddonDraft, MerchantDraft, RoomDraft, ServiceDraft, VenueDraft
from bookapp.identity.actor import ANONYMOUS, SYSTEM, Actor, Grant
from bookapp.infra.db import db
from bookapp.values.errors import NotAllowed, NotFound, NotValid
from tests.builders import a_facilitator, a_merchant, a_room, a_service, a_user, a_venue, an_addon

pytestmark = pytest.mark.usefixtures("app")

MERCHANT = MerchantDraft(name="Kastanienhof", currency="EUR", zone="Europe/Berlin")
VENUE = VenueDraft(name="Mitte", address="Kastanienallee 12", city="Berlin", country="DE")
ROOM = RoomDraft(name="Linden", type="meeting", capacity=8, rate_minor=2700)


def audited(action: str) -> list[str]:
    return list(db.session.scalars(select(AuditEntry.subject).where(AuditEntry.action == action)))


def test_presets_are_made_once_and_kept_as_they_are():
    first = actions.ensure_terms_presets()
    first["Strict"].move_until_hours = 72
    db.session.commit()
    again = actions.ensure_terms_presets()
    assert sorted(again) == ["Flexible", "Standard", "Strict"]
    assert again["Strict"].id == first["Strict"].id
    assert again["Strict"].move_until_hours == 72
    assert db.session.scalar(select(func.count()).select_from(Terms)) == 3


def test_a_merchant_has_the_standard_terms_unless_it_says_otherwise():
    merchant = actions.create_merchant(SYSTEM, MERCHANT)
    assert db.session.get(Terms, merchant.terms_id).tiers == list(STANDARD)
    assert audited("merchant.created") == [f"merchant:{merchant.id}"]


def test_a_venue_takes_zone_and_currency_of_its_merchant():
    merchant = a_merchant(currency="JPY", zone="Asia/Tokyo")
    venue = actions.create_venue(SYSTEM, merchant.id, VENUE)
    assert (venue.zone, venue.currency) == ("Asia/Tokyo", "JPY")


def test_every_room_and_person_is_a_resource_of_its_own():
    room, person = a_room(), a_facilitator()
    kinds = {resource.id: resource.kind for resource in db.session.scalars(select(Resource))}
    assert kinds == {room.resource_id: "room", person.resource_id: "person"}


def test_slugs_of_the_same_name_differ():
    venue = a_venue(name="Mitte")
    slugs = [a_room(venue, name="Linden").slug for _ in range(3)]
    assert slugs == ["linden", "linden-mitte", "linden-mitte-2"]
    assert [a_venue(name="Mitte").slug for _ in range(2)] == ["mitte-berlin", "mitte-berlin-2"]


def test_a_service_has_lengths_hosts_and_rooms_in_order():
    merchant = a_merchant()
    venue = a_venue(merchant)
    rooms = [a_room(venue) for _ in range(3)]
    people = [a_facilitator(merchant, name=name) for name in ("Kavya", "Arjun")]
    service = a_service(merchant, lengths=[(90, 2400), (60, 1600)], hosts=people, rooms=list(reversed(rooms)))
    db.session.expire_all()
    assert [(length.minutes, length.price_minor) for length in _loaded(service, "lengths")] == [(60, 1600), (90, 2400)]
    assert [person.name for person in _loaded(service, "hosts")] == ["Arjun", "Kavya"]
    assert [room.id for room in _loaded(service, "rooms")] == [room.id for room in reversed(rooms)]


def _loaded(service, name):
    db.session.refresh(service, [name])
    return getattr(service, name)


@pytest.mark.parametrize(
    ("change", "field"),
    [({"hosts": (999_999,)}, "hosts"), ({"rooms": (999_999,)}, "rooms"), ({"terms_id": 999_999}, "terms_id")],
)
def test_a_service_with_strangers_is_refused(change, field):
    draft = ServiceDraft(**({"name": "Slow flow", "kind": "session", "lengths": ((60, 1600),)} | change))
    with pytest.raises(NotValid) as refused:
        actions.create_service(SYSTEM, a_merchant().id, draft)
    assert list(refused.value.fields) == [field]


def test_a_service_may_not_use_rooms_of_another_merchant():
    stranger = a_room()
    with pytest.raises(NotValid):
        a_service(a_merchant(), rooms=[stranger])


def test_terms_of_another_merchant_are_refused():
    other = actions.create_terms(SYSTEM, a_merchant().id, name="Ours", tiers=[{"hours": 1, "percent": 10}])
    venue = a_venue()
    with pytest.raises(NotValid):
        actions.create_room(
            SYSTEM, venue.id, RoomDraft(name="x", type="hall", capacity=1, rate_minor=0, terms_id=other.id)
        )


def test_terms_that_make_no_sense_are_refused():
    with pytest.raises(NotValid) as refused:
        actions.create_terms(SYSTEM, a_merchant().id, name=" ", tiers=[])
    assert set(refused.value.fields) == {"name", "tiers"}


def test_an_addon_belongs_to_one_place():
    venue, service = a_venue(), a_service()
    assert an_addon(venue).merchant_id == venue.merchant_id
    assert an_addon(service).merchant_id == service.merchant_id
    draft = AddonDraft(name="Projector", kind="reusable", price_minor=0, stock=1)
    with pytest.raises(NotFound):
        actions.create_addon(SYSTEM, draft)
    with pytest.raises(NotFound):
        actions.create_addon(SYSTEM, draft, venue_id=venue.id, service_id=service.id)


def test_photos_keep_their_order():
    things = [a_merchant(), a_venue(), a_room(), a_service(), a_facilitator()]
    for thing in things:
        photos = [actions.add_photo(SYSTEM, thing, path="scenes/hall.svg", alt="A hall") for _ in range(2)]
        assert [photo.position for photo in photos] == [0, 1]


@pytest.mark.parametrize("path", ["", "../secret", "/etc/passwd", "https://elsewhere.example/x.jpg"])
def test_a_photo_lies_in_our_storage(path):
    with pytest.raises(NotValid):
        actions.add_photo(SYSTEM, a_merchant(), path=path, alt="A hall")


def test_a_draft_with_problems_makes_nothing():
    with pytest.raises(NotValid) as refused:
        actions.create_merchant(SYSTEM, MerchantDraft(name="", currency="EUR", zone="Mars/Base"))
    assert set(refused.value.fields) == {"name", "zone"}


def test_there_must_be_something_to_add_to():
    with pytest.raises(NotFound):
        actions.create_venue(SYSTEM, 999_999, VENUE)
    with pytest.raises(NotFound):
        actions.create_room(SYSTEM, 999_999, ROOM)


def test_roles_are_granted_once_and_audited():
    user, merchant = a_user(), a_merchant()
    for _ in range(2):
        actions.grant_role(SYSTEM, user_id=user.id, merchant_id=merchant.id, role="owner")
    assert db.session.scalar(select(func.count()).select_from(Membership)) == 1
    assert audited("role.granted") == [f"user:{user.id}"]


def test_the_last_owner_stays():
    first, second, merchant = a_user().id, a_user().id, a_merchant().id
    for user_id in (first, second):
        actions.grant_role(SYSTEM, user_id=user_id, merchant_id=merchant, role="owner")
    assert actions.revoke_role(SYSTEM, user_id=first, merchant_id=merchant, role="owner") is True
    assert actions.revoke_role(SYSTEM, user_id=first, merchant_id=merchant, role="owner") is False
    with pytest.raises(LastOwner):
        actions.revoke_role(SYSTEM, user_id=second, merchant_id=merchant, role="owner")
    assert audited("role.revoked") == [f"user:{first}"]


def test_only_a_manager_is_of_one_venue_and_only_of_the_merchants_own():
    user, merchant = a_user().id, a_merchant()
    own, other = a_venue(merchant).id, a_venue().id
    actions.grant_role(SYSTEM, user_id=user, merchant_id=merchant.id, role="manager", venue_id=own)
    for role, venue_id in (("owner", own), ("manager", other), ("king", None)):
        with pytest.raises(NotValid):
            actions.grant_role(SYSTEM, user_id=user, merchant_id=merchant.id, role=role, venue_id=venue_id)


def _actor(*grants: Grant) -> Actor:
    return Actor(user_id=1, kind="user", grants=grants)


def test_who_may_do_what():
    venue = a_venue()
    merchant_id, venue_id = venue.merchant_id, venue.id
    owner = _actor(Grant("owner", merchant_id))
    manager = _actor(Grant("manager", merchant_id, venue_id))
    elsewhere = _actor(Grant("owner", merchant_id + 1), Grant("manager", merchant_id, venue_id + 1))
    facilitator = _actor(Grant("facilitator", merchant_id))
    admin = Actor(user_id=2, kind="user", is_admin=True)

    def make_merchant(actor):
        actions.create_merchant(actor, MERCHANT)

    def make_venue(actor):
        actions.create_venue(actor, merchant_id, VENUE)

    def make_room(actor):
        actions.create_room(actor, venue_id, ROOM)

    allowed = {
        make_merchant: {admin},
        make_venue: {admin, owner},
        make_room: {admin, owner, manager},
    }
    for verb, those in allowed.items():
        for actor in (admin, owner, manager, elsewhere, facilitator, ANONYMOUS):
            if actor in those:
                verb(actor)
            else:
                with pytest.raises(NotAllowed):
                    verb(actor)
