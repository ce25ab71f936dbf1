"""Staff pages about prices: rules with their preview, coupons, tax and deposits."""

from bookapp.pricing.desk_views import codes, prices
from bookapp.pricing.desk_views.area import blueprint

__all__ = ["blueprint", "codes", "prices"]
