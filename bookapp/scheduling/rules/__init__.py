"""What can be taken when, and why not: pure decisions over a `Calendar` of facts.

calendar.py      the facts: hours, closures, what is taken, limits. Run and Reason: the answers.
hours.py         weekly wall-time hours as spans of real days.
reasons.py       the sentence for everything that is not free.
availability.py  what is free: runs, free spans, starts.
asking.py        one wish: refusal, and the nearest yes.
walltimes.py     what a person typed (day, from, to) as a span, or why that cannot be one.
grid.py          a day, a week, a month as cells.
"""

from bookapp.scheduling.rules.asking import nearest, refusal
from bookapp.scheduling.rules.availability import free_spans, joint_starts, runs, starts
from bookapp.scheduling.rules.calendar import Calendar, Closed, Code, Kind, Limits, Reason, Run, State, Taken
from bookapp.scheduling.rules.hours import Hours, open_spans
from bookapp.scheduling.rules.walltimes import ComesTwice, Missing, asked_span, typed

__all__ = [
    "Calendar",
    "Closed",
    "Code",
    "ComesTwice",
    "Hours",
    "Kind",
    "Limits",
    "Missing",
    "Reason",
    "Run",
    "State",
    "Taken",
    "asked_span",
    "free_spans",
    "joint_starts",
    "nearest",
    "open_spans",
    "refusal",
    "runs",
    "starts",
    "typed",
]
