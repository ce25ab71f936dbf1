"""Pure decisions about payments."""

from bookapp.payments.rules.papers import paper_label, prefix_of, share_of_tax
from bookapp.payments.rules.statements import (
    Section,
    can_pay_out,
    last_closed_month,
    month_after,
    month_span,
    payable_since,
    section_of,
)
from bookapp.payments.rules.wallet import wallet_part

__all__ = [
    "Section",
    "can_pay_out",
    "last_closed_month",
    "month_after",
    "month_span",
    "paper_label",
    "payable_since",
    "prefix_of",
    "section_of",
    "share_of_tax",
    "wallet_part",
]
