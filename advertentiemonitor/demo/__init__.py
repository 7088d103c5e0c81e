"""The demo: the whole job on a synthetic market with known truth."""
