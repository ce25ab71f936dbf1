"""What something costs, and why: pure decisions, facts in and lines out."""

from bookapp.pricing.rules.base import quote_appointment, quote_room, quote_seats
from bookapp.pricing.rules.lines import Extra, Line, LineKind, Quote, Unit

__all__ = ["Extra", "Line", "LineKind", "Quote", "Unit", "quote_appointment", "quote_room", "quote_seats"]
