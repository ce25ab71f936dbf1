"""The verbs of the catalogue. Each is one transaction, checks the whole draft, and refuses whoever may not."""

from bookapp.catalog.actions.addons import change_addon, create_addon
from bookapp.catalog.actions.house import change_house
from bookapp.catalog.actions.offers import change_service, create_service, renew_link, set_questions
from bookapp.catalog.actions.people import (
    change_facilitator,
    change_profile,
    check_role,
    create_facilitator,
    grant_role,
    link_account,
    revoke_role,
)
from bookapp.catalog.actions.photos import add_photo, change_photo, move_photo, remove_photo, upload_photo
from bookapp.catalog.actions.places import (
    change_room,
    change_venue,
    create_merchant,
    create_room,
    create_venue,
    list_room,
    list_venue,
)
from bookapp.catalog.actions.standing import close_merchant, open_merchant
from bookapp.catalog.actions.terms import (
    change_terms,
    choose_terms,
    create_terms,
    ensure_terms_presets,
    set_goodwill_limit,
)

__all__ = [
    "add_photo",
    "change_addon",
    "change_facilitator",
    "change_house",
    "change_photo",
    "change_profile",
    "change_room",
    "change_service",
    "change_terms",
    "change_venue",
    "check_role",
    "choose_terms",
    "close_merchant",
    "create_addon",
    "create_facilitator",
    "create_merchant",
    "create_room",
    "create_service",
    "create_terms",
    "create_venue",
    "ensure_terms_presets",
    "grant_role",
    "link_account",
    "list_room",
    "list_venue",
    "move_photo",
    "open_merchant",
    "remove_photo",
    "renew_link",
    "revoke_role",
    "set_goodwill_limit",
    "set_questions",
    "upload_photo",
]
