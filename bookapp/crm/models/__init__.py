"""Tables of the facilitators' CRM."""

from bookapp.crm.models.clients import ClientMessage, ClientNote, ClientTag
from bookapp.crm.models.feeds import CalendarFeed

__all__ = ["CalendarFeed", "ClientMessage", "ClientNote", "ClientTag"]
