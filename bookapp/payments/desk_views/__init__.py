"""Staff pages of payments."""

from bookapp.payments.desk_views import cases, gifts, reconciliation, statements
from bookapp.payments.desk_views.area import blueprint

__all__ = ["blueprint", "cases", "gifts", "reconciliation", "statements"]
