"""A synthetic market with known truth, and the listing sites that serve it over loopback HTTP.

Nobody in it exists. Texts are harmless, telephone numbers come from the blocks in `simulation.numbers` only.
"""
