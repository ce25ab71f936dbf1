"""Sessions: one or a series of them put on the timetable, changed, and taken off it again."""

from bookapp.scheduling.actions.sessions.changing import change_session, preview_change
from bookapp.scheduling.actions.sessions.series import create_series, preview_parts, preview_series, preview_session
from bookapp.scheduling.actions.sessions.single import cancel_session, create_session

__all__ = [
    "cancel_session",
    "change_session",
    "create_series",
    "create_session",
    "preview_change",
    "preview_parts",
    "preview_series",
    "preview_session",
]
