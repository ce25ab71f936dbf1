"""Work of the CRM, done by workers; safe to run twice."""
