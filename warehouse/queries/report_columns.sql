-- The data dictionary: every column of the tables of the release schema with its comment; views choose rows of them.
SELECT
    c.relname AS table_name,
    a.attname AS column_name,
    format_type(a.atttypid, a.atttypmod) AS type_name,
    coalesce(obj_description(c.oid, 'pg_class'), '') AS table_comment,
    coalesce(col_description(c.oid, a.attnum), '') AS column_comment
FROM pg_catalog.pg_attribute AS a
INNER JOIN pg_catalog.pg_class AS c ON a.attrelid = c.oid
INNER JOIN pg_catalog.pg_namespace AS n ON c.relnamespace = n.oid
WHERE n.nspname = 'release' AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY c.relname, a.attnum
