"""Estimates from tables of counts: pure numpy and scipy, no database, no clock, no global random state."""
