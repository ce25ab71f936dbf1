"""The blueprint of the staff pages about prices; whose merchant it is, every view asks the policy."""

from bookapp.web.areas import STAFF, area

blueprint = area("pricing_desk", __name__, STAFF)
