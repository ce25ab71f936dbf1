"""Money on paper: invoices, credit notes, receipts and statements as PDF, in the words of the reader's language."""

from bookapp.payments.documents.papers import paper_pdf
from bookapp.payments.documents.receipts import receipt_pdf
from bookapp.payments.documents.sheets import month
from bookapp.payments.documents.statements import statement_pdf, sums

__all__ = ["month", "paper_pdf", "receipt_pdf", "statement_pdf", "sums"]
