SELECT datname::text FROM pg_database
