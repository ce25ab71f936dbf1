"""A sheet goes in whole or not at all."""

from time import perf_counter

import pytest
from flask import Flask
from sqlalchemy import func, select

from bookapp.audit.models import AuditEntry
from bookapp.catalog.actions import importing
from bookapp.catalog.actions.importing import Imported, import_sheet
from bookapp.catalog.commands import catalog
from bookapp.catalog.errors import SheetRefused
from bookapp.catalog.events import HoursGiven
from bookapp.catalog.forms import read_sheet
from bookapp.catalog.models import Merchant, Room, Venue
from bookapp.identity.actor import ANONYMOUS, SYSTEM
from bookapp.infra.db import db
from bookapp.values.errors import NotAllowed
from config import ROOT
from tests.builders import a_merchant, a_room, a_venue
from tests.support.queries import counted

HEADER = "kind,merchant,venue,name,address,city,country,zone,currency,type,capacity,rate,day_rate,hours\n"
SOUTH = "venue,kh,,Süd,Allee 1,Berlin,DE,,,,,,,\n"


@pytest.fixture
def merchant(app: Flask) -> Merchant:
    return a_merchant(name="KH")


def do(*lines: str, actor=SYSTEM) -> Imported:
    return import_sheet(actor, read_sheet((HEADER + "".join(lines)).encode()))


def refused(*lines: str) -> list[tuple[int, str]]:
    with pytest.raises(SheetRefused) as refusal:
        do(*lines)
    assert _count(Room) == 0
    return [(fault.line, fault.column) for fault in refusal.value.faults]


def _count(model) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def room(name: str = "Ahorn", venue: str = "Süd", rate: str = "27.50", merchant: str = "kh", day_rate: str = "") -> str:
    return f"room,{merchant},{venue},{name},,,,,,meeting,8,{rate},{day_rate},\n"


def test_a_venue_and_its_rooms_in_any_order(merchant):
    assert do(room("Ahorn"), SOUTH, room("Buche", venue="süd", day_rate="200")) == Imported(venues=1, rooms=2)
    venue = db.session.scalars(select(Venue)).one()
    assert (venue.slug, venue.zone, venue.currency) == ("sud", "Europe/Berlin", "EUR")
    rooms = db.session.scalars(select(Room).order_by(Room.name)).all()
    assert [(one.slug, one.venue_id, one.rate_minor, one.day_rate_minor) for one in rooms] == [
        ("ahorn", venue.id, 2750, None),
        ("buche", venue.id, 2750, 20000),
    ]
    assert len({one.resource_id for one in rooms}) == 2
    entries = db.session.scalars(select(AuditEntry.action).where(AuditEntry.facts.has_key("line")))
    assert sorted(entries) == ["room.created", "room.created", "venue.created"]


def test_rooms_go_into_a_venue_that_is_there_by_name_or_address(merchant):
    venue = a_venue(merchant, name="Haus Ost")
    assert do(room("Ahorn", venue="HAUS OST"), room("Buche", venue="haus-ost")).rooms == 2
    assert set(db.session.scalars(select(Room.venue_id))) == {venue.id}


def test_the_rate_is_in_the_currency_of_the_venue(merchant):
    tokyo = SOUTH.replace("DE,,", "JP,Asia/Tokyo,JPY")
    assert refused(tokyo, room(rate="27.50"), room("B", rate="abc"), room("C", rate="-1")) == [
        (3, "rate"),
        (4, "rate"),
        (5, "rate"),
    ]
    do(tokyo, room(rate="2750"))
    assert db.session.scalars(select(Room.rate_minor)).one() == 2750


def test_all_faults_of_all_lines_in_order(merchant):
    assert refused(
        room("Ahorn", venue="Nord"),
        room("Ahorn", merchant="nobody"),
        SOUTH.replace("kh", "nobody"),
        SOUTH.replace("DE", "Germany"),
        room("Buche", rate="1e3"),
        room("Eiche"),
        room("eiche"),
        SOUTH.replace("Süd", "süd"),
    ) == [
        (2, "venue"),
        (3, "merchant"),
        (4, "merchant"),
        (5, "country"),
        (6, "rate"),
        (8, "name"),
        (9, "name"),
    ]


def test_what_is_there_already_is_never_changed(merchant):
    venue = a_venue(merchant, name="Süd")
    a_room(venue, name="Ahorn")
    with pytest.raises(SheetRefused) as refusal:
        do(SOUTH, room("AHORN"))
    assert [(fault.line, fault.column) for fault in refusal.value.faults] == [(2, "name"), (3, "name")]
    with pytest.raises(SheetRefused) as refusal:
        do(room("AHORN"), room("Buche"))
    assert [(fault.line, fault.column) for fault in refusal.value.faults] == [(2, "name")]


def test_two_venues_of_one_name_are_told_apart_by_address(merchant):
    first, second = a_venue(merchant, name="Süd"), a_venue(merchant, name="Süd")
    assert refused(room()) == [(2, "venue")]
    do(room(venue=second.slug))
    assert db.session.scalars(select(Room.venue_id)).one() == second.id != first.id


def test_a_broken_currency_is_one_fault_not_two(merchant):
    assert refused(SOUTH.replace("DE,,", "DE,,euro"), room()) == [(2, "currency")]


def test_hours_are_told_upwards(merchant, monkeypatch):
    told: list[HoursGiven] = []
    monkeypatch.setattr(importing, "publish", told.append)
    do(SOUTH.replace(",,,,\n", ",,,,mon-fri 08:00-20:00\n"), room())
    (given,) = told
    assert given.venue_id == db.session.scalars(select(Venue.id)).one()
    assert len(given.hours) == 5


def test_only_whoever_runs_the_merchant_may(merchant):
    with pytest.raises(NotAllowed):
        do(SOUTH, actor=ANONYMOUS)


def test_ten_thousand_rooms_take_seconds_and_few_queries(merchant):
    lines = [SOUTH, *(room(f"Room {number}") for number in range(10_000))]
    began = perf_counter()
    with counted() as few:
        assert do(*lines[:101]).rooms == 100
    db.session.rollback()
    with counted() as many:
        assert do(*(line.replace("Süd", "Nord") for line in lines)).rooms == 10_000
    # Inserts go in batches of a thousand rows.
    assert len(many) < len(few) + 60
    assert perf_counter() - began < 60


def test_the_command_prints_counts(merchant, app, tmp_path):
    path = tmp_path / "places.csv"
    path.write_text(HEADER + SOUTH + room())
    result = app.test_cli_runner().invoke(catalog, ["import", str(path)])
    assert (result.exit_code, result.output) == (0, "Imported 1 venue and 1 room.\n")


def test_the_command_lists_what_is_wrong_and_fails(merchant, app, tmp_path):
    path = tmp_path / "places.csv"
    path.write_text(HEADER + SOUTH.replace("DE", "\x1b[31m") + room(rate="x"))
    result = app.test_cli_runner().invoke(catalog, ["import", str(path)])
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        "line 2, country: “·[31M” is not a country. Write two letters such as DE.",
        "line 3, rate: “x” is not an amount of EUR. Write one such as 27.50, with a point.",
        "2 problems. Nothing was imported.",
    ]
    assert _count(Venue) == 0


def test_a_fault_of_the_whole_line_names_the_line(app, tmp_path):
    path = tmp_path / "places.csv"
    path.write_bytes(b"")
    result = app.test_cli_runner().invoke(catalog, ["import", str(path)])
    assert result.output == "line 1: The file is empty.\n1 problem. Nothing was imported.\n"


def test_the_example_in_the_documentation_can_be_imported(app):
    a_merchant(name="Kastanienhof")
    sheet = read_sheet((ROOT / "docs" / "import-example.csv").read_bytes())
    assert import_sheet(SYSTEM, sheet) == Imported(venues=1, rooms=2)
