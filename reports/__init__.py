"""Tell: the digest, the dashboard, the quality report and the accountability pack. Reads the `release` schema only."""
