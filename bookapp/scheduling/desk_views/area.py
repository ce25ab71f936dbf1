"""The blueprint of scheduling's staff pages; whose place it is, `place.py` finds out."""

from bookapp.web.areas import STAFF, area

blueprint = area("scheduling_desk", __name__, STAFF)
