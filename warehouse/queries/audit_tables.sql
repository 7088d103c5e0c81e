-- Every table of this database that this role can read, system tables left out.
SELECT format('%I.%I', n.nspname, c.relname) AS table_name
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON c.relnamespace = n.oid
WHERE
    c.relkind IN ('r', 'm')
    AND n.nspname NOT LIKE 'pg\_%'
    AND n.nspname <> 'information_schema'
    AND has_table_privilege(c.oid, 'SELECT')
    AND has_schema_privilege(n.oid, 'USAGE')
ORDER BY 1
