"""One file per provider behind one small protocol; chosen by name.

The wallet and paying at the venue are ways to pay as well, but nobody is asked over the network for them.
"""

from collections.abc import Iterable

from bookapp.infra.settings import current_settings
from bookapp.payments.gateways.base import Gateway
from bookapp.payments.gateways.razorpay import RazorpayGateway
from bookapp.payments.gateways.sandbox import SandboxGateway
from bookapp.payments.gateways.stripe import StripeGateway
from config import Settings

_GATEWAYS: dict[str, Gateway] = {
    "stripe": StripeGateway(),
    "razorpay": RazorpayGateway(),
    "sandbox": SandboxGateway(),
}
LABELS: dict[str, str] = {name: known.label for name, known in _GATEWAYS.items()}


def gateway(name: str) -> Gateway:
    """The gateway of that name; KeyError when there is none, or this deployment has no account with it."""
    if name not in available(current_settings()):
        raise KeyError(name)
    return _GATEWAYS[name]


def available(settings: Settings) -> tuple[str, ...]:
    """The names of the gateways that can be used with these settings, the real ones first."""
    usable = {
        "stripe": bool(settings.stripe_secret_key),
        "razorpay": bool(settings.razorpay_key_id),
        "sandbox": settings.sandbox_gateway,
    }
    return tuple(name for name in _GATEWAYS if usable[name])


def offered(merchant_gateways: Iterable[str]) -> tuple[str, ...]:
    """The gateways a merchant has switched on, in their order; where none of them can be used, all there are."""
    usable = available(current_settings())
    return tuple(name for name in merchant_gateways if name in usable) or usable
