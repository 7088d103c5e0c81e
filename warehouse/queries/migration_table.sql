CREATE TABLE IF NOT EXISTS public.migration (
    name text PRIMARY KEY,
    digest bytea NOT NULL
)
