"""What people choose on a room's page, and what the house types about its sessions."""

from bookapp.scheduling.forms.rooms import FURTHEST, VIEWS, RoomChoice
from bookapp.scheduling.forms.sessions import EditForm, PlanForm, chosen_dates

__all__ = ["FURTHEST", "VIEWS", "EditForm", "PlanForm", "RoomChoice", "chosen_dates"]
