"""Reads a CSV file of venues and rooms into typed rows; never saves. The format is described in docs/import.md."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bookapp.catalog.rules import Draft, RoomDraft, VenueDraft
from bookapp.catalog.rules.sheet import Fault, RoomRow, Sheet, VenueRow, WeeklyHours
from bookapp.values.words import N_

KINDS = ("venue", "room")
VENUE_COLUMNS = (
    "merchant", "name", "address", "postcode", "city", "country", "zone", "currency", "capacity", "email", "phone",
    "accessibility", "how_to_find", "about", "hours",
)  # fmt: skip
ROOM_COLUMNS = (
    "merchant", "venue", "name", "type", "capacity", "rate", "day_rate", "amenities", "buffer_minutes", "min_minutes",
    "max_minutes", "step_minutes", "notice_minutes", "horizon_days", "tagline", "about", "hours",
)  # fmt: skip
_NEEDED = {
    "venue": ("merchant", "name", "address", "city", "country"),
    "room": ("merchant", "venue", "name", "type", "capacity", "rate"),
}
_WHOLE_NUMBERS = (
    "buffer_minutes", "min_minutes", "max_minutes", "step_minutes", "notice_minutes", "horizon_days",
)  # fmt: skip
# Columns whose draft field has another name, and those that are read by themselves.
_COLUMN_OF = {"rate_minor": "rate", "day_rate_minor": "day_rate"}
_LONGEST_NUMBER = 9
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = re.compile(
    r"(?P<first>[a-z]{3})(?:-(?P<last>[a-z]{3}))?\s+(?P<opens>[0-9]{1,2}:[0-9]{2})-(?P<closes>[0-9]{1,2}:[0-9]{2})"
)

Record = tuple[int, list[str]]


class _Unreadable(Exception):
    """The line at which a file stops being CSV."""

    def __init__(self, line: int) -> None:
        self.line = line


def read_sheet(content: bytes) -> Sheet:
    """Every row of the file, and every fault that can be seen without the database."""
    try:
        # Excel writes a byte order mark in front of its UTF-8.
        records = list(_records(content.decode("utf-8-sig")))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return _only(line, N_("The file is not UTF-8 from here on. Save it as “CSV UTF-8” and try again."))
    except _Unreadable as error:
        return _only(error.line, N_("This cannot be read as CSV: a quote is in the wrong place, or a cell is huge."))
    if not records:
        return _only(1, N_("The file is empty."))
    (first, names), rows = records[0], records[1:]
    header = [name.strip().lower() for name in names]
    faults = tuple(_header_faults(first, header, rows))
    return Sheet(faults=faults) if faults else _sheet(header, rows)


def _only(line: int, sentence: str) -> Sheet:
    return Sheet(faults=(Fault(line, "", sentence),))


def _records(text: str) -> Iterator[Record]:
    """(line, cells) of every line that is not blank; a record over several lines counts from its first."""
    first = text.split("\n", 1)[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise _Unreadable(line) from error


def _header_faults(line: int, header: Sequence[str], rows: Sequence[Record]) -> Iterator[Fault]:
    known = sorted({"kind", *VENUE_COLUMNS, *ROOM_COLUMNS})
    for name in dict.fromkeys(header):
        if name not in known:
            yield Fault(line, name, N_("There is no such column. Known are: %(names)s."), {"names": ", ".join(known)})
        elif header.count(name) > 1:
            yield Fault(line, name, N_("This column is there twice."))
    kinds = {_kind_of_all(header)}
    if "kind" in header:
        place = header.index("kind")
        kinds = {cells[place].strip().lower() for _, cells in rows if place < len(cells)}
    for name in dict.fromkeys(name for kind in KINDS if kind in kinds for name in _NEEDED[kind]):
        if name not in header:
            yield Fault(line, name, N_("This column is missing."))


def _kind_of_all(header: Sequence[str]) -> str:
    """Without a column `kind`, a file with a column `venue` has rooms, any other venues."""
    return "room" if "venue" in header else "venue"


def _sheet(header: Sequence[str], rows: Iterable[Record]) -> Sheet:
    venues: list[VenueRow] = []
    rooms: list[RoomRow] = []
    faults: list[Fault] = []
    for line, cells in rows:
        if len(cells) != len(header):
            faults.append(
                Fault(
                    line, "", N_("This line has %(cells)s cells, the header has %(names)s."),
                    {"cells": len(cells), "names": len(header)},
                )
            )  # fmt: skip
            continue
        row = _Row(line, {name: _clean(cell) for name, cell in zip(header, cells, strict=True)})
        kind = row.cells.get("kind", _kind_of_all(header)).lower()
        if kind == "venue":
            venues.append(_venue(row))
        elif kind == "room":
            rooms.append(_room(row))
        else:
            row.fault("kind", N_("“%(value)s” is neither venue nor room."), value=kind)
        faults += row.faults
    return Sheet(tuple(venues), tuple(rooms), tuple(faults))


def _clean(cell: str) -> str:
    """One spelling of each character, no space around. Exports put ' before what a spreadsheet would run: undo that."""
    text = unicodedata.normalize("NFC", cell).strip()
    return text[1:] if text[:1] == "'" and text[1:2] in ("=", "+", "-", "@") else text


@dataclass
class _Row:
    """One line on its way to a typed row; a cell that cannot be read is noted and stands for nothing."""

    line: int
    cells: Mapping[str, str]
    faults: list[Fault] = field(default_factory=list)

    def fault(self, column: str, sentence: str, **params: object) -> None:
        """Note the first thing wrong with a cell; what follows from it would only confuse."""
        if not any(fault.column == column for fault in self.faults):
            self.faults.append(Fault(self.line, column, sentence, params))

    def text(self, column: str) -> str:
        """The cell, "" when the column is not there."""
        return self.cells.get(column, "")

    def code(self, column: str) -> str:
        """A zone, a currency: any case where case says nothing."""
        return self.text(column).upper()

    def number(self, column: str, otherwise: int) -> int:
        """A whole number; `otherwise` when the cell is empty or cannot be read."""
        cell = self.text(column)
        if not cell:
            return otherwise
        if not re.fullmatch(rf"[0-9]{{1,{_LONGEST_NUMBER}}}", cell):
            self.fault(column, N_("“%(value)s” is not a whole number."), value=cell)
            return otherwise
        return int(cell)

    def needed(self, *columns: str) -> None:
        """These cells must not be empty."""
        for column in columns:
            if not self.text(column):
                self.fault(column, N_("This is needed."))

    def hours(self) -> tuple[WeeklyHours, ...]:
        """Opening hours such as "mon-fri 08:00-20:00; sat 10:00-02:00"."""
        found: list[WeeklyHours] = []
        for part in filter(None, (part.strip() for part in self.text("hours").lower().split(";"))):
            try:
                found += _weekly(part)
            except ValueError:
                self.fault(
                    "hours", N_("“%(value)s” are no hours. Write mon-fri 08:00-20:00; sat 10:00-16:00."), value=part
                )
        return tuple(found)

    def check(self, draft: Draft) -> None:
        """Note what the draft itself finds wrong."""
        for problem in draft.problems():
            self.fault(_COLUMN_OF.get(problem.field, problem.field), problem.sentence, **problem.params)


def _venue(row: _Row) -> VenueRow:
    row.needed(*_NEEDED["venue"])
    draft = VenueDraft(
        name=row.text("name"),
        address=row.text("address"),
        postcode=row.text("postcode"),
        city=row.text("city"),
        country=row.code("country"),
        zone=row.text("zone"),
        currency=row.code("currency"),
        capacity=row.number("capacity", 1) if row.text("capacity") else None,
        email=row.text("email"),
        phone=row.text("phone"),
        accessibility=row.text("accessibility"),
        how_to_find=row.text("how_to_find"),
        about=row.text("about"),
    )
    hours = row.hours()
    row.check(draft)
    return VenueRow(row.line, row.text("merchant").lower(), draft, hours)


def _room(row: _Row) -> RoomRow:
    row.needed(*_NEEDED["room"])
    defaults = {name: getattr(_PLAIN, name) for name in _WHOLE_NUMBERS}
    draft = RoomDraft(
        name=row.text("name"),
        type=row.text("type").lower(),
        capacity=row.number("capacity", 1),
        rate_minor=0,
        amenities=tuple(word for word in re.split(r"[\s,;|]+", row.text("amenities").lower()) if word),
        tagline=row.text("tagline"),
        about=row.text("about"),
        **{name: row.number(name, otherwise) for name, otherwise in defaults.items()},
    )
    hours = row.hours()
    row.check(draft)
    return RoomRow(
        row.line, row.text("merchant").lower(), row.text("venue"), row.text("rate"), row.text("day_rate"), draft, hours
    )


_PLAIN = RoomDraft(name="", type="", capacity=1, rate_minor=0)


def _weekly(part: str) -> list[WeeklyHours]:
    """One "mon-fri 08:00-20:00"; raises ValueError."""
    match = _HOURS.fullmatch(part)
    if match is None:
        raise ValueError(part)
    first = _DAYS.index(match["first"])
    last = _DAYS.index(match["last"] or match["first"])
    opens, closes = _time(match["opens"]), _time(match["closes"])
    return [WeeklyHours(day % 7, opens, closes) for day in range(first, last + 1 if last >= first else last + 8)]


def _time(text: str) -> dt.time:
    hour, minute = (int(part) for part in text.split(":"))
    # 24:00 is the midnight that ends the day; hours that end at 00:00 do just that.
    return dt.time(0) if (hour, minute) == (24, 0) else dt.time(hour, minute)
