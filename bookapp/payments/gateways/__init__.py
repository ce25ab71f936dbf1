"""One file per provider behind one small protocol; chosen by name."""

from bookapp.payments.gateways import sandbox
from bookapp.payments.gateways.base import Gateway

_GATEWAYS: dict[str, Gateway] = {"sandbox": sandbox.SandboxGateway()}


def gateway(name: str) -> Gateway:
    """The gateway of that name; KeyError when there is none."""
    return _GATEWAYS[name]
