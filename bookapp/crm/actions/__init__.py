"""What one does in the CRM; each call is one transaction."""
