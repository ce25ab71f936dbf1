"""Where money goes when a customer cancels: their choice for cards, remembered; said to the cent before and after."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from bookapp.booking import actions
from bookapp.booking.models import Booking
from bookapp.booking.queries import manage_url
from bookapp.booking.queries.destinations import destinations
from bookapp.infra.db import db
from bookapp.payments.queries import payments_of, wallet_balance
from bookapp.values.money import Money
from tests.builders import a_user, actor_of
from tests.builders.booking import NOW, a_booking, a_guest
from tests.builders.wallets import a_mixed_booking
from tests.identity.people import a_person, come_in
from tests.support.client import Client
from tests.support.jobs import work_off
from tests.support.select import select

pytestmark = pytest.mark.usefixtures("app")


def refunds(booking: Booking) -> list[tuple[str, int]]:
    """(destination, minor units) of every refund, the newest payment's first."""
    return [
        (refund.destination, refund.amount_minor)
        for payment in reversed(payments_of(booking.ref))
        for refund in payment.refunds
    ]


def test_card_money_goes_to_the_wallet_at_once_or_to_the_card_later() -> None:
    user = a_user()
    one, other = a_booking(actor=actor_of(user), email=user.email), a_booking(actor=actor_of(user), email=user.email)
    actions.cancel(actor_of(user), one.ref, now=NOW, to="wallet")
    assert refunds(one) == [("wallet", 4050)]
    assert wallet_balance(user.id, "EUR").minor == 4050
    actions.cancel(actor_of(user), other.ref, now=NOW, to="original")
    assert refunds(other) == [("original", 4050)]
    assert wallet_balance(user.id, "EUR").minor == 4050
    assert work_off("payments.send_refund") == 1


def test_what_a_wallet_paid_goes_back_into_it_whatever_was_chosen() -> None:
    user = a_user()
    booking = a_mixed_booking(user)
    said = destinations(booking, Money(4050, "EUR"), to="original")
    assert (said.wallet.minor, said.original.minor) == (2000, 2050)
    actions.cancel(actor_of(user), booking.ref, now=NOW, to="original")
    assert refunds(booking) == [("wallet", 2000), ("original", 2050)], "the wallet's part is the newer one"
    assert wallet_balance(user.id, "EUR").minor == 2000


def test_a_mixed_payment_can_go_into_the_wallet_whole() -> None:
    user = a_user()
    booking = a_mixed_booking(user)
    actions.cancel(actor_of(user), booking.ref, now=NOW, to="wallet")
    assert refunds(booking) == [("wallet", 2000), ("wallet", 2050)]
    assert wallet_balance(user.id, "EUR").minor == 4050


def test_the_choice_is_remembered_and_a_guest_has_none() -> None:
    user, guest = a_user(), a_guest()
    actions.cancel(actor_of(user), a_booking(actor=actor_of(user), email=user.email).ref, now=NOW, to="wallet")
    db.session.refresh(user)
    assert user.refund_to == "wallet"
    booking = a_booking(actor=guest)
    actions.cancel(guest, booking.ref, now=NOW, to="wallet")
    assert refunds(booking) == [("original", 4050)]


def test_the_page_says_to_the_cent_where_it_goes_and_the_confirmation_the_same(client: Client) -> None:
    user = a_person()
    booking = a_mixed_booking(user)
    come_in(client, user)
    text = client.get(f"/bookings/{booking.ref}/cancellation").text
    assert "€40.50 into your wallet, at once." in text
    assert "€20.00 into your wallet at once, €20.50 back the way you paid" in text
    assert [one["value"] for one in select(text, "input[name=to]")] == ["wallet", "original"]
    client.post(f"/bookings/{booking.ref}/cancellation", data={"to": "wallet"})
    done = client.get(f"/bookings/{booking.ref}").text
    assert "€40.50 of the €54.00 you paid comes back:" in done
    assert "€40.50 into your wallet, at once." in done
    again = a_booking(actor=actor_of(user), email=user.email)
    offered = client.get(f"/bookings/{again.ref}/cancellation").text
    assert [one["value"] for one in select(offered, "input[name=to][checked]")] == ["wallet"]


def test_a_guest_is_told_that_it_goes_the_way_it_came(client: Client) -> None:
    booking = a_booking(actor=a_guest())
    client.get(urlsplit(manage_url(booking)).path)
    text = client.get(f"/bookings/{booking.ref}/cancellation").text
    assert not select(text, "input[name=to]")
    assert "back the way you paid; a card takes 5 to 10 days." in text
