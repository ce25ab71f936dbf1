"""The doors of the CRM that are not staff pages: the notify door for programs, calendar feeds, the check-in link."""

from bookapp.web.areas import Area

AREAS: tuple[Area, ...] = ()
