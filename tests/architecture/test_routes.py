"""Somebody else's booking is not there, whatever state it is in. Who gets what where: tests/security/matrix.py."""

import pytest

from tests.builders.booking import a_booking, a_hold
from tests.support.client import Client

ABOUT_ONE_BOOKING = (
    "/bookings/{ref}", "/bookings/{ref}/confirmed", "/bookings/{ref}/cancellation", "/bookings/{ref}/qr.svg",
    "/bookings/{ref}/calendar.ics", "/bookings/{ref}/confirmation.pdf", "/bookings/{ref}/invoice.pdf",
    "/bookings/{ref}/invoices/1.pdf", "/bookings/{ref}/credit-notes/1.pdf", "/bookings/{ref}/receipt.pdf",
    "/checkout/{ref}", "/bookings/{ref}/move", "/bookings/{ref}/move/to", "/bookings/{ref}/part",
)  # fmt: skip
CHANGES = (
    "/bookings/{ref}/move/to",
    "/bookings/{ref}/move/payment",
    "/bookings/{ref}/move/release",
    "/bookings/{ref}/part",
    "/bookings/{ref}/cancellation",
    "/checkout/{ref}",
    "/checkout/{ref}/extension",
    "/checkout/{ref}/release",
)


@pytest.mark.parametrize("path", ABOUT_ONE_BOOKING)
def test_somebody_elses_booking_reads_as_none_at_all(client: Client, path: str) -> None:
    theirs, held = a_booking(), a_hold()
    for ref in (theirs.ref, held.ref, "B7K2QF", "B7K2QF".lower(), "x"):
        assert client.get(path.format(ref=ref)).status_code == 404


@pytest.mark.parametrize("path", CHANGES)
def test_somebody_elses_booking_is_not_changed(client: Client, path: str) -> None:
    held = a_hold()
    answer = client.post(path.format(ref=held.ref), data={"name": "Mallory", "email": "mallory@example.org"})
    assert answer.status_code == 404
