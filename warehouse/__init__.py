"""The warehouse: keep, link, estimate, protect, release; owner of every row type."""
