"""The platform as admins see it: how it is, its people, the work it promised, and who did what."""

from bookapp.operations.desk_views import health, jobs, trail, users, webhooks
from bookapp.operations.desk_views.area import blueprint

__all__ = ["blueprint", "health", "jobs", "trail", "users", "webhooks"]
