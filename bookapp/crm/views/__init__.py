"""The doors of the CRM that are not staff pages: the notify door for programs, calendar feeds, the check-in link."""

from bookapp.crm.views import checking_in
from bookapp.crm.views.area import blueprint, desk
from bookapp.web.areas import Area

__all__ = ["AREAS", "checking_in"]

AREAS: tuple[Area, ...] = (blueprint, desk)
