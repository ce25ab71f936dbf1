"""A town's worth of data, made in the database by statements over whole tables: `flask demo scale`.

size.py      how much of what, and what of it fits.
sql/         the statements, in steps; each step says in its first line how long it takes beside the others.
filling.py   runs them: indexes and constraints of the large tables go first and come back last, which proves them.
checking.py  what must hold of it, asked at the end.
"""

from bookapp.demo.scale.checking import broken
from bookapp.demo.scale.filling import fill
from bookapp.demo.scale.size import Size

__all__ = ["Size", "broken", "fill"]
