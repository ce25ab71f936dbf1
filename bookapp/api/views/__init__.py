"""The routes of the API, one module a resource."""

from bookapp.api.views import admin, auth, bookings, changes, hosting, offers, payments, reviews, rooms, sessions
from bookapp.api.views.area import ApiArea

# In the order of the description.
AREAS: tuple[ApiArea, ...] = (
    auth.views,
    rooms.views,
    offers.services,
    offers.facilitators,
    sessions.views,
    bookings.views,
    changes.views,
    payments.views,
    reviews.views,
    hosting.views,
    admin.views,
)
