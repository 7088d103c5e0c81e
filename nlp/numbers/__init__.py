"""Telephone numbers: read what was written to be missed, and believe only what a numbering plan accepts."""
