"""What facilitators say to people through us. Words: templates/emails/crm/."""

from bookapp.crm.messages.clients import word_to_client
from bookapp.crm.messages.telling import running_late, told_by_host

__all__ = ["running_late", "told_by_host", "word_to_client"]
