-- Tables of core, ready to be put into a statement; partitions go with their table.
SELECT format('%I.%I', n.nspname, c.relname) AS table_name
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON c.relnamespace = n.oid
WHERE n.nspname = 'core' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
ORDER BY 1
