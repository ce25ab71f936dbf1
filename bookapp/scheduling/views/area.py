"""The blueprint of what is free and what is on: anyone may look."""

from bookapp.web.areas import PUBLIC, area

blueprint = area("scheduling", __name__, PUBLIC)
