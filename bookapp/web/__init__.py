"""What all views share: pages and fragments, guarded areas, refusals as answers, forms, filters. Knows no feature."""
