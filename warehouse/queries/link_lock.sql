SELECT pg_advisory_xact_lock(hashtextextended('link/' || %(epoch)s, 0))
