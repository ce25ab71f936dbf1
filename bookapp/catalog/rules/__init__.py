"""Pure decisions of the catalogue: cancellation terms, addresses (slugs), and what a thing on offer must look like."""

from bookapp.catalog.rules.drafts import (
    AddonDraft,
    Draft,
    FacilitatorDraft,
    HouseDraft,
    MerchantDraft,
    ProfileDraft,
    RoomDraft,
    ServiceDraft,
    VenueDraft,
)
from bookapp.catalog.rules.private import may_open
from bookapp.catalog.rules.questions import QuestionDraft, frozen_answers
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
    "HouseDraft",
    "MerchantDraft",
    "ProfileDraft",
    "QuestionDraft",
    "RoomDraft",
    "ServiceDraft",
    "TermsStep",
    "VenueDraft",
    "average",
    "free_slug",
    "frozen_answers",
    "may_open",
    "share_back",
    "slug_of",
    "terms_problem",
    "terms_steps",
]
