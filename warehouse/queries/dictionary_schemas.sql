-- Schemas with their comments.
SELECT n.nspname::text AS schema_name, coalesce(obj_description(n.oid, 'pg_namespace'), '') AS comment
FROM pg_catalog.pg_namespace AS n
WHERE n.nspname = ANY (%(schemas)s)
ORDER BY n.nspname
