"""Tables of the facilitators' CRM."""
