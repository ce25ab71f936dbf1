"""Which ways to pay this deployment has."""

from __future__ import annotations

from bookapp.infra.settings import current_settings
from bookapp.payments.gateways import LABELS, available


def configured() -> list[tuple[str, str]]:
    """(name, label to be translated) of the gateways the platform has an account for; the sandbox not in production."""
    return [(name, LABELS[name]) for name in available(current_settings())]
