-- Functions with what they take, give and do; those of triggers included.
SELECT
    n.nspname::text AS schema_name,
    p.proname::text AS function_name,
    pg_get_function_arguments(p.oid) AS arguments,
    coalesce(pg_get_function_result(p.oid), '') AS result,
    coalesce(obj_description(p.oid, 'pg_proc'), '') AS comment
FROM pg_catalog.pg_proc AS p
INNER JOIN pg_catalog.pg_namespace AS n ON p.pronamespace = n.oid
WHERE n.nspname = ANY (%(schemas)s)
ORDER BY n.nspname, p.proname, pg_get_function_arguments(p.oid)
