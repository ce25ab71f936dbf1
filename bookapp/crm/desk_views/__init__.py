"""Staff pages of the CRM."""

from bookapp.crm.desk_views import (
    clients,
    day,
    feed,
    gaps,
    hours,
    inbox,
    live,
    profile,
    roster,
    telling,
    tokens,
    week,
)
from bookapp.crm.desk_views.area import admin, blueprint

AREAS = (blueprint, admin)

__all__ = [
    "AREAS", "clients", "day", "feed", "gaps", "hours", "inbox", "live", "profile", "roster", "telling", "tokens",
    "week",
]  # fmt: skip
