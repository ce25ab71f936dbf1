"""The blueprints of the CRM's doors: one that anybody may knock at, and what staff do behind it."""

from bookapp.web.areas import PUBLIC, STAFF, area

blueprint = area("crm_door", __name__, PUBLIC)
desk = area("crm_check_in", __name__, STAFF)
