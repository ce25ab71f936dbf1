"""Our side of the outside world: database, clock, queue, mail, logs. Knows no feature."""
