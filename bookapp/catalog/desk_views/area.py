"""The blueprint of the catalogue's staff pages; whose merchant it is, every view asks the policy."""

from bookapp.web.areas import STAFF, area

blueprint = area("catalog_desk", __name__, STAFF)
