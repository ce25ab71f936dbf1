"""What must hold of a town: the rules of the books, and what its numbers say about each other."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from typing import Any

from bookapp.demo.scale.size import Size
from bookapp.operations.queries import RULES

# Each finds what is wrong, one row for each; none may find anything.
CHECKS = {
    "A price is not the sum of its lines": """
        SELECT b.ref FROM booking b LEFT JOIN booking_line l ON l.booking_id = b.id
        GROUP BY b.id HAVING b.total_minor <> coalesce(sum(l.subtotal_minor), 0)""",
    "More people than the room seats": """
        SELECT b.ref FROM booking b JOIN room r ON r.id = b.room_id WHERE b.kind = 'room' AND b.people > r.capacity""",
    "A state without a line in the trail": """
        SELECT b.ref FROM booking b LEFT JOIN audit_entry a
        ON a.subject = 'booking:' || b.ref AND a.action = 'booking.' || replace(b.state, 'pending', 'held')
        WHERE a.id IS NULL""",
    "A payment or refund without a line in the trail": """
        SELECT p.reference FROM payment p LEFT JOIN audit_entry a ON a.subject = 'booking:' || p.reference
        AND a.action = 'payment.' || replace(p.state, 'won', 'succeeded') WHERE a.id IS NULL
        UNION ALL SELECT p.reference FROM refund r JOIN payment p ON p.id = r.payment_id
        LEFT JOIN audit_entry a ON a.subject = 'booking:' || p.reference AND a.action = 'refund.' || r.state
        WHERE a.id IS NULL""",
    "More participants than people": """
        SELECT b.ref FROM booking b JOIN participant p ON p.booking_id = b.id
        GROUP BY b.id HAVING count(*) > b.people""",
    "Twice in one session": """
        SELECT session_id FROM booking WHERE session_id IS NOT NULL AND customer_id IS NOT NULL
        AND state NOT IN ('cancelled', 'expired') GROUP BY session_id, customer_id HAVING count(*) > 1""",
    "A rating is not the sum of its reviews": """
        SELECT thing.kind, thing.id FROM (SELECT 'room' AS kind, id, rating_sum, rating_count FROM room
            UNION ALL SELECT 'service', id, rating_sum, rating_count FROM service
            UNION ALL SELECT 'host', id, rating_sum, rating_count FROM facilitator) AS thing
        LEFT JOIN (SELECT about.kind, about.id, sum(stars) AS sum, count(*) AS count
            FROM review, LATERAL (VALUES ('room', room_id), ('service', service_id), ('host', facilitator_id))
                AS about (kind, id)
            WHERE state = 'published' AND about.id IS NOT NULL GROUP BY about.kind, about.id) AS said
            USING (kind, id)
        WHERE (rating_sum, rating_count) <> (coalesce(sum, 0), coalesce(count, 0))""",
    "A place outside of opening hours": """
        SELECT b.ref FROM booking b JOIN venue v ON v.id = b.venue_id WHERE b.kind = 'room' AND NOT EXISTS (
            SELECT FROM opening_hours o WHERE o.venue_id = v.id
            AND o.weekday = extract(isodow FROM b.starts_at AT TIME ZONE b.zone) - 1
            AND (b.starts_at AT TIME ZONE b.zone)::time >= o.opens
            AND (b.ends_at AT TIME ZONE b.zone)::time <= o.closes)""",
    "Not as many as were asked for": """
        SELECT n.wanted FROM (VALUES ((SELECT count(*) FROM booking), %(bookings)s),
            ((SELECT count(*) FROM user_account), %(users)s), ((SELECT count(*) FROM room), %(rooms)s),
            ((SELECT count(*) FROM session), %(sessions)s)) AS n (made, wanted) WHERE n.made <> n.wanted""",
    "A past that is not over": """
        SELECT ref FROM booking WHERE state = 'confirmed' AND ends_at < %(now)s
        OR state IN ('completed', 'no_show') AND ends_at > %(now)s""",
}


def broken(connection: Any, size: Size, *, now: dt.datetime, tell: Callable[[str, int, float], None]) -> dict[str, int]:
    """What does not hold in `connection`'s database, and how often. `tell` hears of each check and its seconds."""
    asked = [(rule.words, rule.sql.replace("%", "%%")) for rule in RULES] + list(CHECKS.items())
    values = {"bookings": size.bookings, "users": size.users, "rooms": size.rooms, "sessions": size.sessions}
    found: dict[str, int] = {}
    with connection.cursor() as cursor:
        for words, question in asked:
            began = time.monotonic()
            cursor.execute(question, values | {"now": now})
            found[words] = len(cursor.fetchall())
            tell(words, found[words], time.monotonic() - began)
    return {words: times for words, times in found.items() if times}
