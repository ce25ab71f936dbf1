"""The routes of the API, one module a resource."""

from bookapp.api.views import auth
from bookapp.api.views.area import ApiArea

# In the order of the description.
AREAS: tuple[ApiArea, ...] = (auth.views,)
