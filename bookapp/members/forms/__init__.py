"""What is typed about members, applications and standing."""

from bookapp.members.forms.applications import ApplicationForm, RefusalForm, StandingForm
from bookapp.members.forms.beginning import HoursForm, TermsForm
from bookapp.members.forms.members import InviteForm, RolesForm

__all__ = ["ApplicationForm", "HoursForm", "InviteForm", "RefusalForm", "RolesForm", "StandingForm", "TermsForm"]
