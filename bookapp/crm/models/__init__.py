"""Tables of the facilitators' CRM."""

from bookapp.crm.models.clients import ClientMessage, ClientNote, ClientTag
from bookapp.crm.models.feeds import CalendarFeed
from bookapp.crm.models.inbox import Notification, NotifyToken

__all__ = ["CalendarFeed", "ClientMessage", "ClientNote", "ClientTag", "Notification", "NotifyToken"]
