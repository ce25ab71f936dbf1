"""What staff type about prices."""
