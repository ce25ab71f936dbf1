"""Pure decisions of the catalogue: cancellation terms, addresses (slugs), and what a thing on offer must look like."""

from bookapp.catalog.rules.drafts import (
    AddonDraft,
    Draft,
    FacilitatorDraft,
    MerchantDraft,
    ProfileDraft,
    RoomDraft,
    ServiceDraft,
    VenueDraft,
)
from bookapp.catalog.rules.ratings import average
from bookapp.catalog.rules.slugs import free_slug, slug_of
from bookapp.catalog.rules.terms import (
    FLEXIBLE,
    PRESETS,
    STANDARD,
    STRICT,
    TermsStep,
    share_back,
    terms_problem,
    terms_steps,
)

__all__ = [
    "FLEXIBLE",
    "PRESETS",
    "STANDARD",
    "STRICT",
    "AddonDraft",
    "Draft",
    "FacilitatorDraft",
    "MerchantDraft",
    "ProfileDraft",
    "RoomDraft",
    "ServiceDraft",
    "TermsStep",
    "VenueDraft",
    "average",
    "free_slug",
    "share_back",
    "slug_of",
    "terms_problem",
    "terms_steps",
]
