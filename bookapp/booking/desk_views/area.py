"""The blueprint of booking's staff pages; whose booking or session it is, every view asks the policy."""

from bookapp.web.areas import STAFF, area

blueprint = area("booking_desk", __name__, STAFF)
