"""One class and one contract a source. Adding a source edits no other file."""
