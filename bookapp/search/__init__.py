"""What is free, for whom, when: reads over the catalogue, schedules and prices; ranked, every miss named."""
