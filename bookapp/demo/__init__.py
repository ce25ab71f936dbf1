"""A small living shop to try Bookapp with, made by calling the real actions, relative to today.

accounts.py    who can sign in, and as what.
houses.py      Kastanienhof: two venues in Berlin, a dozen rooms, an escape room.
stillwater.py  Stillwater House: yoga in London and retreats at a lake, three facilitators.
counsel.py     Langhaus Counsel: four consultants of different level.
life.py        who has booked what, and what they said about it.
commands.py    flask demo fill
"""

from bookapp.demo.accounts import ACCOUNTS

__all__ = ["ACCOUNTS"]
