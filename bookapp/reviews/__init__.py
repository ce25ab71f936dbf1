"""What customers say after a completed booking: stars and words, one per customer per room or service."""
