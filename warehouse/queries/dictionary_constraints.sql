-- Keys and checks of tables: p primary, u unique, f foreign, c check. Column names stand in the order of the key.
SELECT
    n.nspname::text AS schema_name,
    c.relname::text AS table_name,
    k.contype::text AS kind_code,
    coalesce((
        SELECT array_agg(a.attname::text ORDER BY u.place)
        FROM unnest(k.conkey) WITH ORDINALITY AS u (attnum, place)
        INNER JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.attnum
    ), '{}') AS column_names,
    coalesce(k.confrelid::regclass::text, '') AS other_table,
    coalesce((
        SELECT array_agg(a.attname::text ORDER BY u.place)
        FROM unnest(k.confkey) WITH ORDINALITY AS u (attnum, place)
        INNER JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = u.attnum
    ), '{}') AS other_names,
    pg_get_constraintdef(k.oid) AS definition
FROM pg_catalog.pg_constraint AS k
INNER JOIN pg_catalog.pg_class AS c ON k.conrelid = c.oid
INNER JOIN pg_catalog.pg_namespace AS n ON c.relnamespace = n.oid
WHERE n.nspname = ANY (%(schemas)s) AND k.contype IN ('p', 'u', 'f', 'c') AND NOT c.relispartition
ORDER BY n.nspname, c.relname, array_position(ARRAY['p', 'u', 'f', 'c'], k.contype::text), pg_get_constraintdef(k.oid)
