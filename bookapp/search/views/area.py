"""The blueprint of the home page and the search: anyone may look."""

from bookapp.web.areas import PUBLIC, area

blueprint = area("search", __name__, PUBLIC)
