"""Staff pages about prices: coupons, tax and deposits."""

from bookapp.pricing.desk_views import codes
from bookapp.pricing.desk_views.area import blueprint

__all__ = ["blueprint", "codes"]
