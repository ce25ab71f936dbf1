"""Staff pages: the members of a house, its first steps, and for admins the merchants of the platform."""

from bookapp.members.desk_views import applications, beginning, members, merchants
from bookapp.members.desk_views.area import members as members_area
from bookapp.members.desk_views.area import merchants as merchants_area

AREAS = (members_area, merchants_area)

__all__ = ["AREAS", "applications", "beginning", "members", "merchants"]
