-- Tables and views with their comments; a partition is part of its table.
SELECT
    n.nspname::text AS schema_name,
    c.relname::text AS table_name,
    c.relkind IN ('v', 'm') AS is_view,
    coalesce(obj_description(c.oid, 'pg_class'), '') AS comment
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON c.relnamespace = n.oid
WHERE n.nspname = ANY (%(schemas)s) AND c.relkind IN ('r', 'p', 'v', 'm') AND NOT c.relispartition
ORDER BY n.nspname, c.relname
