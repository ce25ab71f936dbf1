"""What people hand in about the catalogue: a sheet, places, offers, terms, and what is answered at checkout."""

from bookapp.catalog.forms.answers import AnswersInput
from bookapp.catalog.forms.places import RoomForm, VenueForm
from bookapp.catalog.forms.sheet import read_sheet
from bookapp.catalog.forms.terms import TermsInput

__all__ = ["AnswersInput", "RoomForm", "TermsInput", "VenueForm", "read_sheet"]
