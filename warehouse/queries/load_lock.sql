-- Two loads of the same source and day wait for each other; the second finds the receipt of the first.
SELECT pg_advisory_xact_lock(hashtextextended(%(subject)s, 0))
