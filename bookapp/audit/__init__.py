"""Who did what, when, to which record, and why. Append only; carries ids and field names, never personal values."""
