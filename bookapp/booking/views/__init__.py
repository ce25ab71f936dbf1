"""Pages of booking: holding, paying, and one's own bookings."""

from bookapp.booking.views import checkout, holding, links, mine, papers
from bookapp.booking.views.area import blueprint

__all__ = ["blueprint", "checkout", "holding", "links", "mine", "papers"]
