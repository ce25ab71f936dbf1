"""Staff pages of the CRM."""

from bookapp.crm.desk_views import clients, hours, live, profile
from bookapp.crm.desk_views.area import admin, blueprint

AREAS = (blueprint, admin)

__all__ = ["AREAS", "clients", "hours", "live", "profile"]
