"""The blueprint of what is on offer: anyone may look."""

from bookapp.web.areas import PUBLIC, area

blueprint = area("catalog", __name__, PUBLIC)
