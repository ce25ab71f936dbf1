"""Things that exist, for tests: each builder makes what it needs, and takes what the test cares about.

They call the real actions, so what they make could really be there. They need an application context.
"""

from tests.builders.catalog import (
    a_facilitator,
    a_merchant,
    a_room,
    a_service,
    a_venue,
    an_addon,
    standard_terms,
)
from tests.builders.identity import a_user, actor_of
from tests.builders.scheduling import a_session, opens, works

__all__ = [
    "a_facilitator",
    "a_merchant",
    "a_room",
    "a_service",
    "a_session",
    "a_user",
    "a_venue",
    "actor_of",
    "an_addon",
    "opens",
    "standard_terms",
    "works",
]
