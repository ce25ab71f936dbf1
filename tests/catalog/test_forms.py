"""Reading a CSV file: what it says, and everything that is wrong with it."""

import datetime as dt

import pytest

from bookapp.catalog.forms import read_sheet
from bookapp.catalog.rules.sheet import Fault, Sheet, WeeklyHours
from config import ROOT

VENUES = "merchant,name,address,city,country\n"
ROOMS = "merchant,venue,name,type,capacity,rate\n"


def read(text: str) -> Sheet:
    return read_sheet(text.encode())


def faults(text: str) -> list[tuple[int, str]]:
    return [(fault.line, fault.column) for fault in read(text).faults]


def words(fault: Fault) -> str:
    return fault.sentence % fault.params


def test_the_example_in_the_documentation_is_right():
    sheet = read_sheet((ROOT / "docs" / "import-example.csv").read_bytes())
    assert sheet.faults == ()
    (venue,) = sheet.venues
    assert venue.draft.name == "Kastanienhof Süd"
    assert venue.draft.capacity == 220
    assert WeeklyHours(4, dt.time(8), dt.time(22)) in venue.hours
    assert [room.draft.name for room in sheet.rooms] == ["Ahorn", "Großer Saal"]
    assert sheet.rooms[1].hours[0] == WeeklyHours(0, dt.time(8), dt.time(2))
    assert sheet.rooms[0].rate == "32.00"
    assert sheet.rooms[0].draft.amenities == ("screen", "whiteboard", "wifi", "daylight")
    assert sheet.rooms[0].draft.min_minutes == 60


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("between", [",", ";"])
def test_what_spreadsheets_write_is_understood(mark, end, between):
    text = (VENUES + "kh,Süd,Allee 1,Berlin,de\n").replace("\n", end).replace(",", between)
    sheet = read_sheet(mark + text.encode())
    assert sheet.faults == ()
    assert (sheet.venues[0].draft.name, sheet.venues[0].draft.country) == ("Süd", "DE")


def test_without_a_kind_the_columns_tell():
    assert len(read(VENUES + "kh,Süd,Allee 1,Berlin,DE\n").venues) == 1
    assert len(read(ROOMS + "kh,Süd,Ahorn,meeting,8,27\n").rooms) == 1


def test_blank_lines_and_cells_over_several_lines_keep_the_count():
    text = VENUES + '\n,,,,\nkh,Süd,"Allee 1\nHinterhof",Berlin,DE\nkh,,Allee 1,Berlin,DE\n'
    sheet = read(text)
    assert sheet.venues[0].line == 4
    assert [(fault.line, fault.column) for fault in sheet.faults] == [(6, "name")]


def test_letters_are_brought_to_one_spelling():
    assert read(VENUES + "kh,Su\u0308d,Allee 1,Berlin,DE\n").venues[0].draft.name == "S\u00fcd"


def test_formulas_stay_text_and_lose_what_our_exports_put_before_them():
    sheet = read(VENUES + "kh,=1+1,'=HYPERLINK(1),Berlin,DE\n")
    assert sheet.faults == ()
    assert (sheet.venues[0].draft.name, sheet.venues[0].draft.address) == ("=1+1", "=HYPERLINK(1)")


def test_a_formula_is_no_number():
    assert faults(ROOMS + "kh,Süd,Ahorn,meeting,=8+8,27\n") == [(2, "capacity")]


def test_everything_wrong_is_told_at_once():
    text = (
        "merchant,name,address,city,country,zone,currency,capacity,email,hours\n"
        "kh,Süd,Allee 1,Berlin,DE,,,,,\n"
        "kh,,Allee 1,Berlin,Germany,Berlin,EURO,many,nobody,every day\n"
        "kh,Ost\n"
    )
    assert faults(text) == [
        (3, "name"),
        (3, "capacity"),
        (3, "hours"),
        (3, "country"),
        (3, "zone"),
        (3, "currency"),
        (3, "email"),
        (4, ""),
    ]


def test_unknown_amenities_are_named():
    (fault,) = read(ROOMS.replace("rate", "rate,amenities") + "kh,Süd,Ahorn,meeting,8,27,wifi SAUNA\n").faults
    assert "sauna" in words(fault)
    assert "wifi" in words(fault)


@pytest.mark.parametrize(
    ("header", "row", "columns"),
    [
        ("merchant,name,address,city", "a,b,c,d", ["country"]),
        ("merchant,name,name,address,city,country", "a,b,c,d,e,f", ["name"]),
        ("merchant,name,address,city,country,colour", "a,b,c,d,e,f", ["colour"]),
        ("kind,merchant,name,address,city,country", "room,a,b,c,d,e", ["venue", "type", "capacity", "rate"]),
        ("kind,merchant,name,address,city,country", "venue,a,b,c,d,DE", []),
    ],
)
def test_a_header_that_cannot_be_used_is_the_only_fault(header, row, columns):
    assert faults(f"{header}\n{row}\n") == [(1, column) for column in columns]


def test_a_kind_that_does_not_exist():
    assert faults("kind,merchant,name,address,city,country\nshed,a,b,c,d,DE\n") == [(2, "kind")]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", 1),
        (b"\n\n", 1),
        (VENUES.encode() + b"kh,S\xfcd,Allee 1,Berlin,DE\n", 2),
        (VENUES.encode("utf-16"), 1),
        (VENUES.encode() + b'kh,"S"d,Allee 1,Berlin,DE\n', 2),
        (VENUES.encode() + b'kh,"never closed\n', 2),
        (VENUES.encode() + b"kh," + b"x" * 140_000 + b"\n", 2),
    ],
)
def test_a_file_that_cannot_be_read_says_where(content, line):
    (fault,) = read_sheet(content).faults
    assert (fault.line, fault.column) == (line, "")


@pytest.mark.parametrize(
    ("cell", "weekdays"),
    [
        ("mon 08:00-20:00", [0]),
        ("Mon-Wed 8:00-20:00", [0, 1, 2]),
        ("fri-mon 10:00-02:00", [4, 5, 6, 0]),
        ("sat-sun 00:00-24:00; mon 08:00-09:00;", [5, 6, 0]),
        ("", []),
    ],
)
def test_hours(cell, weekdays):
    sheet = read(VENUES.replace("country", "country,hours") + f"kh,Süd,Allee 1,Berlin,DE,{cell}\n")
    assert sheet.faults == ()
    assert [hours.weekday for hours in sheet.venues[0].hours] == weekdays


@pytest.mark.parametrize("cell", ["mon", "mon 8-20", "xyz 08:00-20:00", "mon 08:00-25:00", "mon 08:61-20:00", "08:00"])
def test_hours_that_are_none(cell):
    assert faults(VENUES.replace("country", "country,hours") + f"kh,Süd,Allee 1,Berlin,DE,{cell}\n") == [(2, "hours")]
