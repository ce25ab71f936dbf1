"""Private services: in no list and no search, and only whoever has the link may open them."""

from __future__ import annotations

import hmac
from collections.abc import Iterable


def may_open(link_key: str | None, keys: Iterable[str], *, private: bool) -> bool:
    """Whether a service is open to somebody who came with `keys`: it is not private, or one of them is its own."""
    if not private:
        return True
    return link_key is not None and any(hmac.compare_digest(link_key.encode(), key.encode()) for key in keys)
