"""Staff pages of payments."""

from bookapp.payments.desk_views import statements
from bookapp.payments.desk_views.area import blueprint

__all__ = ["blueprint", "statements"]
