-- Why: a role that may make temporary objects could put a type of its own before PostgreSQL's in a function that runs with
-- the owner's rights, and so become the owner: the temporary schema is searched first unless it is named last. And what
-- loading never does it need not be allowed to do. Undo: GRANT and ALTER FUNCTION the other way round.
DO $$
DECLARE
    routine record;
BEGIN
    FOR routine IN
        SELECT p.oid::regprocedure AS signature, n.nspname AS schema_name
        FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
        WHERE n.nspname IN ('core', 'est', 'release')
    LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = pg_catalog, %I, pg_temp', routine.signature, routine.schema_name);
    END LOOP;
END
$$;

-- A loaded crawl, its listings and what was read of them are added, never changed.
REVOKE UPDATE ON core.crawl, core.crawl_field, core.listing, core.listing_version, core.sighting FROM reader;
REVOKE UPDATE ON core.source FROM reader;
GRANT UPDATE (source_group_code) ON core.source TO reader;
