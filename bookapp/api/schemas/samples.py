"""Bodies written by hand, where one made of all fields would say several things at once."""

from __future__ import annotations

from bookapp.values.words import N_

BOOKINGS = {
    "room": {
        "summary": N_("A room by the hour, with an add-on"),
        "value": {
            "room_id": 3,
            "start": "2026-11-24T14:00:00+01:00",
            "end": "2026-11-24T16:00:00+01:00",
            "people": 8,
            "addons": [{"addon_id": 7, "quantity": 1}],
            "notes": "We bring our own cables.",
        },
    },
    "seats": {
        "summary": N_("Seats in a session, for a guest"),
        "value": {"session_id": 42, "seats": 2, "name": "Miriam Adler", "email": "miriam@example.org"},
    },
    "person": {
        "summary": N_("An hour of a person"),
        "value": {
            "service_id": 5,
            "facilitator_id": 2,
            "start": "2026-11-24T14:00:00+01:00",
            "duration_minutes": 60,
        },
    },
}
