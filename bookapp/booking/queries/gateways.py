"""Which ways to pay there are for a booking."""

from __future__ import annotations

from bookapp.booking.models import Booking
from bookapp.catalog.queries import merchant_by_id
from bookapp.payments.errors import GatewayDown
from bookapp.payments.gateways import offered
from bookapp.values.errors import NotValid
from bookapp.values.words import N_


def gateways_for(booking: Booking) -> tuple[str, ...]:
    """What its merchant offers, the usual one first."""
    return offered(merchant_by_id(booking.merchant_id).gateways)


def gateway_for(booking: Booking, name: str) -> str:
    """The gateway that was asked for, or the usual one for "".

    Raises NotValid for one that is not offered, GatewayDown where there is none at all.
    """
    names = gateways_for(booking)
    if not names:
        raise GatewayDown
    if name and name not in names:
        raise NotValid({"gateway": N_("Please choose one of: %(names)s.")}, names=", ".join(names))
    return name or names[0]
