"""The blueprint of the desk's money pages; whose money it is, every view asks the policy."""

from bookapp.web.areas import STAFF, area

blueprint = area("payments_desk", __name__, STAFF)
