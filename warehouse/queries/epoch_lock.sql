SELECT pg_advisory_xact_lock(hashtextextended('epochs', 0))
