SELECT rolname::text FROM pg_roles
