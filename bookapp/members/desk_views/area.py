"""The blueprints: a house's own pages ask the policy in each view, the platform's are for admins by birth."""

from bookapp.web.areas import ADMIN, STAFF, area

members = area("members_desk", __name__, STAFF)
merchants = area("merchants_desk", __name__, ADMIN)
