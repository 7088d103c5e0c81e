-- Forget what the planner knows of the columns of core. It learns them anew, where there are rows.
DO $$
BEGIN
    SET LOCAL allow_system_table_mods = on;
    DELETE FROM pg_catalog.pg_statistic AS s
    USING pg_catalog.pg_class AS c
    WHERE s.starelid = c.oid AND c.relnamespace = 'core'::regnamespace;
END
$$
