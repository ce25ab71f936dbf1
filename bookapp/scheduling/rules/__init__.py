"""What can be taken when, and why not: pure decisions over a `Calendar` of facts.

calendar.py      the facts: hours, closures, what is taken, limits. Run and Reason: the answers.
hours.py         weekly wall-time hours as spans of real days.
reasons.py       the sentence for everything that is not free.
availability.py  what is free: runs, free spans, starts.
asking.py        one wish: refusal, and the nearest yes.
walltimes.py     what a person typed (day, from, to) as a span, or why that cannot be one.
grid.py          a day, a week, a month as cells.
series.py        a session to be, once or every week, and what each date meets.
timeslots.py     the starts on a room's grid.
watching.py      the names of what an open page watches.
"""

from bookapp.scheduling.rules.asking import closed, nearest, refusal
from bookapp.scheduling.rules.availability import free_spans, joint_starts, runs, starts
from bookapp.scheduling.rules.calendar import Calendar, Closed, Code, Kind, Limits, Reason, Run, State, Taken
from bookapp.scheduling.rules.hours import Hours, open_spans, weekly_problems
from bookapp.scheduling.rules.series import (
    ClockChange,
    Occurrence,
    Place,
    PlannedDay,
    SessionChanges,
    SessionDraft,
    Standing,
    Weekly,
    occurrences,
    planned,
    shifted,
)
from bookapp.scheduling.rules.timeslots import SlotGrid, slot_starts
from bookapp.scheduling.rules.walltimes import ComesTwice, Missing, asked_instant, asked_span, typed

__all__ = [
    "Calendar",
    "ClockChange",
    "Closed",
    "Code",
    "ComesTwice",
    "Hours",
    "Kind",
    "Limits",
    "Missing",
    "Occurrence",
    "Place",
    "PlannedDay",
    "Reason",
    "Run",
    "SessionChanges",
    "SessionDraft",
    "SlotGrid",
    "Standing",
    "State",
    "Taken",
    "Weekly",
    "asked_instant",
    "asked_span",
    "closed",
    "free_spans",
    "joint_starts",
    "nearest",
    "occurrences",
    "open_spans",
    "planned",
    "refusal",
    "runs",
    "shifted",
    "slot_starts",
    "starts",
    "typed",
    "weekly_problems",
]
