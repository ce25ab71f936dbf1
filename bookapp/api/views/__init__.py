"""The routes of the API, one module a resource."""

from bookapp.web.areas import Area

AREAS: tuple[Area, ...] = ()
