"""The blueprints of the CRM's staff pages; whose day, client or inbox it is, every view asks the policy."""

from bookapp.web.areas import ADMIN, STAFF, area

blueprint = area("crm", __name__, STAFF)
admin = area("crm_admin", __name__, ADMIN)
