-- Until the transaction ends no epoch is opened or closed and no objection is entered; other loads go on.
SELECT pg_advisory_xact_lock_shared(hashtextextended('epochs', 0))
