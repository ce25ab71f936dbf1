"""What comes in and goes out as JSON, one module a resource; `base`, `fields` and `money` are what all stand on."""
