"""What is measured: pages as people ask for them, chosen from what is in the town."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg2
import psycopg2.extras


@dataclass(frozen=True, slots=True)
class Line:
    """One page: `paths` are asked for in turn by `who` (an email; "": a visitor). `least` is the target in req/s.

    `slowest_ms` is what 99 of 100 answers may take when eight ask, `alone_ms` what half of them may take when one does.
    """

    name: str
    paths: tuple[str, ...] = ()
    who: str = ""
    least: int = 0
    slowest_ms: int = 0
    alone_ms: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)


class Town:
    """Looks up in a filled database what the pages are about: what is busy, and what an ordinary one is."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg2.connect(url)
        self._connection.autocommit = True

    def rows(self, question: str, *values: Any) -> list[dict[str, Any]]:
        """What the database says."""
        with self._connection.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as cursor:
            cursor.execute(question, values)
            return [dict(row) for row in cursor.fetchall()] if cursor.description else []

    def column(self, question: str, *values: Any) -> list[Any]:
        """The first column of it."""
        return [next(iter(row.values())) for row in self.rows(question, *values)]

    def close(self) -> None:
        """Let go of the connection: a database in use is not dropped."""
        self._connection.close()


def pages(town: Town, today: dt.date) -> list[Line]:
    """Every page that is measured, with its addresses in this town."""
    days = [(today + dt.timedelta(days=ahead)).isoformat() for ahead in (3, 5, 9, 12, 17)]
    (big,) = town.column("SELECT venue_id FROM room GROUP BY venue_id ORDER BY count(*) DESC, venue_id LIMIT 1")
    grid = town.column("SELECT slug FROM room WHERE venue_id = %s AND type <> 'hall' ORDER BY id LIMIT 5", big)
    rooms = town.column("SELECT slug FROM room WHERE type = 'meeting' ORDER BY id DESC LIMIT 5")
    sessions = town.column(
        "SELECT id FROM session WHERE state = 'scheduled' AND NOT on_grid AND seats_taken < capacity"
        " AND starts_at BETWEEN now() + interval '2 days' AND now() + interval '20 days' ORDER BY id LIMIT 5"
    )
    hosts = town.column(
        "SELECT f.slug FROM facilitator f JOIN service_facilitator g ON g.facilitator_id = f.id"
        " JOIN service s ON s.id = g.service_id WHERE s.kind = 'appointment' ORDER BY f.id LIMIT 5"
    )
    host = town.rows("SELECT email, f.id FROM facilitator f JOIN user_account u ON u.id = f.user_id"
                     " JOIN session s ON s.facilitator_id = f.id ORDER BY f.id LIMIT 1")[0]  # fmt: skip
    (customer,) = town.column(
        "SELECT email FROM (SELECT customer_id FROM booking WHERE customer_id IS NOT NULL GROUP BY customer_id"
        " HAVING count(*) <= 40 ORDER BY count(*) DESC, customer_id LIMIT 1) b"
        " JOIN user_account u ON u.id = customer_id"
    )
    (owner,) = town.column("SELECT email FROM membership m JOIN user_account u ON u.id = m.user_id"
                           " WHERE role = 'owner' ORDER BY merchant_id LIMIT 1")  # fmt: skip
    (venue,) = town.column(
        "SELECT v.slug FROM venue v JOIN room r ON r.venue_id = v.id WHERE v.id <> %s GROUP BY v.id"
        " ORDER BY count(*) DESC, v.id LIMIT 1",
        big,
    )
    (keeper,) = town.column(
        "SELECT u.email FROM membership m JOIN user_account u ON u.id = m.user_id JOIN venue v USING (merchant_id)"
        " WHERE role = 'owner' AND v.slug = %s ORDER BY m.id LIMIT 1",
        venue,
    )
    (last,) = town.column("SELECT name FROM booking ORDER BY id DESC LIMIT 1")
    at = [f"date={day}&from=14:00&to=16:00" for day in days]
    return [
        Line("search rooms, exact", tuple(f"/search?where=Berlin&{when}&people=6" for when in at), "", 400, 60),
        Line("search rooms, relaxed", tuple(
            f"/search?where=London&{when}&people=90&amenity=projector&amenity=parking&amenity=kitchen" for when in at
        ), "", 400, 60),
        Line("search sessions", tuple(f"/search?what=session&where=Berlin&date={day}" for day in days), "", 400, 60),
        Line("search sessions, relaxed",
             tuple(f"/search?what=session&where=London&date={day}&people=9" for day in days), "", 400, 60),
        Line("search people", tuple(f"/search?what=person&where=London&date={day}" for day in days), "", 400, 60),
        Line("search people, relaxed", tuple(f"/search?what=person&where=Berlin&{when}" for when in at), "", 400, 60),
        Line("day grid, 100 rooms", tuple(f"/rooms/{slug}?date={day}" for slug, day in zip(grid, days, strict=True)),
             "", 150, 150),
        Line("week of a room", tuple(f"/rooms/{slug}?view=week&date={days[0]}" for slug in rooms)),
        Line("month of a room", tuple(f"/rooms/{slug}?view=month&date={days[0]}" for slug in rooms)),
        Line("timetable", tuple(f"/sessions?date={day}" for day in days)),
        Line("session page", tuple(f"/sessions/{number}" for number in sessions)),
        Line("facilitator page", tuple(f"/people/{slug}" for slug in hosts)),
        Line("My bookings", ("/bookings",), customer),
        Line("facilitator's day", ("/desk/day",), host["email"]),
        Line("venue's week", tuple(f"/desk/calendar?venue={venue}&date={day}" for day in days), keeper),
        Line("desk bookings table", ("/desk/bookings", f"/desk/bookings?q={last.split()[0]}"), owner),
    ]  # fmt: skip
