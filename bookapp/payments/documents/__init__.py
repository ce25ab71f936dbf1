"""Money on paper: invoices, credit notes, receipts and statements as PDF, in the words of the reader's language."""

from bookapp.payments.documents.papers import paper_pdf
from bookapp.payments.documents.receipts import receipt_pdf

__all__ = ["paper_pdf", "receipt_pdf"]
