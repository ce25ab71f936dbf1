"""Addresses, and what drafts know about themselves."""

import pytest

from bookapp.catalog.rules import (
    AddonDraft,
    FacilitatorDraft,
    MerchantDraft,
    RoomDraft,
    ServiceDraft,
    VenueDraft,
    free_slug,
    slug_of,
)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Linden", "linden"),
        ("Café Zoë & Söhne", "cafe-zoe-and-sohne"),
        ("Großer Saal", "grosser-saal"),
        ("St. John's  Hall!", "st-johns-hall"),
        ("Łódź Øst", "lodz-ost"),
        ("会議室", "room"),
        ("  --  ", "room"),
        ("x" * 100, "x" * 60),
        ("a" * 59 + " b", "a" * 59),
    ],
)
def test_a_name_becomes_part_of_an_address(name, slug):
    assert slug_of(name, otherwise="room") == slug


def test_a_taken_slug_gives_way_to_the_next_and_then_to_a_number():
    assert free_slug(["linden", "linden-berlin"], set()) == "linden"
    assert free_slug(["linden", "linden-berlin"], {"linden"}) == "linden-berlin"
    assert free_slug(["linden", "linden-berlin"], {"linden", "linden-berlin"}) == "linden-berlin-2"
    assert free_slug(["linden"], {"linden", "linden-2", "linden-4"}) == "linden-3"


MERCHANT = {"name": "Kastanienhof", "currency": "EUR", "zone": "Europe/Berlin"}
VENUE = {"name": "Mitte", "address": "Kastanienallee 12", "city": "Berlin", "country": "DE"}
ROOM = {"name": "Linden", "type": "meeting", "capacity": 8, "rate_minor": 2700}
PERSON = {"name": "Dr. Priya Sharma"}
SERVICE = {"name": "Slow flow", "kind": "session", "lengths": ((60, 1600),)}
ADDON = {"name": "Projector", "kind": "reusable", "price_minor": 1200, "stock": 3}


@pytest.mark.parametrize(
    ("draft", "facts"),
    [
        (MerchantDraft, MERCHANT),
        (VenueDraft, VENUE),
        (VenueDraft, VENUE | {"zone": "Australia/Lord_Howe", "currency": "JPY", "email": "a@b.example"}),
        (RoomDraft, ROOM),
        (FacilitatorDraft, PERSON),
        (ServiceDraft, SERVICE),
        (AddonDraft, ADDON),
        (AddonDraft, ADDON | {"kind": "consumable", "stock": None}),
    ],
)
def test_a_good_draft_has_no_problems(draft, facts):
    assert draft(**facts).problems() == ()


@pytest.mark.parametrize(
    ("draft", "facts", "field"),
    [
        (MerchantDraft, MERCHANT | {"name": " "}, "name"),
        (MerchantDraft, MERCHANT | {"name": "x" * 201}, "name"),
        (MerchantDraft, MERCHANT | {"name": "bell\x07"}, "name"),
        (MerchantDraft, MERCHANT | {"currency": "eur"}, "currency"),
        (MerchantDraft, MERCHANT | {"currency": "XXX"}, "currency"),
        (MerchantDraft, MERCHANT | {"zone": "Berlin"}, "zone"),
        (MerchantDraft, MERCHANT | {"zone": "Etc/GMT+5"}, "zone"),
        (MerchantDraft, MERCHANT | {"email": "nobody"}, "email"),
        (MerchantDraft, MERCHANT | {"bookings_per_session": 0}, "bookings_per_session"),
        (VenueDraft, VENUE | {"country": "Germany"}, "country"),
        (VenueDraft, VENUE | {"capacity": 0}, "capacity"),
        (VenueDraft, VENUE | {"about": "x" * 5001}, "about"),
        (RoomDraft, ROOM | {"type": "cellar"}, "type"),
        (RoomDraft, ROOM | {"amenities": ("wifi", "sauna")}, "amenities"),
        (RoomDraft, ROOM | {"rate_minor": -1}, "rate_minor"),
        (RoomDraft, ROOM | {"day_rate_minor": -1}, "day_rate_minor"),
        (RoomDraft, ROOM | {"min_minutes": 120, "max_minutes": 60}, "max_minutes"),
        (RoomDraft, ROOM | {"max_minutes": 14 * 24 * 60}, "max_minutes"),
        (RoomDraft, ROOM | {"step_minutes": 0}, "step_minutes"),
        (RoomDraft, ROOM | {"buffer_minutes": -5}, "buffer_minutes"),
        (RoomDraft, ROOM | {"notice_minutes": -5}, "notice_minutes"),
        (RoomDraft, ROOM | {"horizon_days": 0}, "horizon_days"),
        (FacilitatorDraft, PERSON | {"level": "guru"}, "level"),
        (FacilitatorDraft, PERSON | {"years": 100}, "years"),
        (ServiceDraft, SERVICE | {"kind": "party"}, "kind"),
        (ServiceDraft, SERVICE | {"lengths": ()}, "lengths"),
        (ServiceDraft, SERVICE | {"lengths": ((60, 1), (60, 2))}, "lengths"),
        (ServiceDraft, SERVICE | {"lengths": ((0, 1),)}, "lengths"),
        (ServiceDraft, SERVICE | {"capacity": 0}, "capacity"),
        (AddonDraft, ADDON | {"stock": None}, "stock"),
        (AddonDraft, ADDON | {"stock": -1}, "stock"),
        (AddonDraft, ADDON | {"kind": "gift"}, "kind"),
    ],
)
def test_a_bad_draft_says_what_is_wrong_where(draft, facts, field):
    (problem,) = draft(**facts).problems()
    assert problem.field == field
    assert problem.words.endswith(".")


def test_all_problems_are_told_at_once_and_each_field_once():
    problems = RoomDraft(name="", type="x", capacity=0, rate_minor=-1, amenities=("a", "b")).problems()
    assert [problem.field for problem in problems] == ["name", "type", "capacity", "rate_minor", "amenities"]
