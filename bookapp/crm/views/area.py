"""The blueprints of the CRM's doors: one that anybody may knock at, what staff do behind it, what is a customer's."""

from bookapp.web.areas import PUBLIC, SIGNED_IN, STAFF, area

blueprint = area("crm_door", __name__, PUBLIC)
desk = area("crm_check_in", __name__, STAFF)
own = area("crm_own", __name__, SIGNED_IN)
