"""Pure decisions of the search: what was asked, what fits it, what nearly does, and one day as a ruler."""
