"""Looking at an installation: what is wrong, what has run, how the sources are, and whether the digest is late."""
