"""What people hand in about the catalogue: a sheet of venues and rooms, and cancellation terms."""

from bookapp.catalog.forms.sheet import read_sheet
from bookapp.catalog.forms.terms import TermsInput

__all__ = ["TermsInput", "read_sheet"]
