"""The doors of the CRM that are not staff pages: the notify door for programs, calendar feeds, the check-in link."""

from bookapp.crm.views import checking_in, feeds, notify
from bookapp.crm.views.area import blueprint, desk, own
from bookapp.web.areas import Area

__all__ = ["AREAS", "checking_in", "feeds", "notify"]

AREAS: tuple[Area, ...] = (blueprint, desk, own, notify.doors)
