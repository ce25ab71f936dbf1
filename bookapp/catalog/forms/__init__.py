"""What people hand in about the catalogue: a sheet of venues and rooms, one venue or room, cancellation terms."""

from bookapp.catalog.forms.places import RoomForm, VenueForm
from bookapp.catalog.forms.sheet import read_sheet
from bookapp.catalog.forms.terms import TermsInput

__all__ = ["RoomForm", "TermsInput", "VenueForm", "read_sheet"]
