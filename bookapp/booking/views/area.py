"""The blueprint of the booking pages: anyone may come; whose booking it is, every read decides by itself."""

from bookapp.web.areas import PUBLIC, area

blueprint = area("booking", __name__, PUBLIC)
