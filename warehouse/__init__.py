"""The warehouse: keep, link, estimate, protect, release; owner of every row type."""

import os

# One thread for linear algebra, set before numpy is loaded: with two, an optimiser of two parameters spends most of its time
# waking the other (November 2026: counting a national day took .85 s of processor time, and .32 with one).
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
