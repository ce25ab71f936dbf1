"""Pages of booking: holding, paying, and one's own bookings."""

from bookapp.booking.views import cancelling, checkout, holding, links, mine, moving, papers, parting, rest
from bookapp.booking.views.area import blueprint

__all__ = ["blueprint", "cancelling", "checkout", "holding", "links", "mine", "moving", "papers", "parting", "rest"]
