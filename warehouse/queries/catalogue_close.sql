-- What PostgreSQL gives to everybody in each database and readers of figures must not have. Exact numbers of rows stand in
-- the catalogue, of core and est too; an advisory lock holds up a release; large objects and code of one's own need no right
-- to any schema. Whoever works here keeps what the work takes. Run again it changes nothing.
DO $$
DECLARE
    workers text := 'owner, airflow, reader, estimator, releaser';
    routine record;
    harmless text;
BEGIN
    FOR routine IN
        SELECT p.oid::regprocedure AS signature, p.proname ~ '^lo_|^loread$|^lowrite$' AS is_large_object
        FROM pg_proc AS p
        WHERE p.pronamespace = 'pg_catalog'::regnamespace
            AND p.proname ~ '^lo_|^loread$|^lowrite$|^pg_(try_)?advisory_|^pg_stat_(get|have)_|^pg_[a-z]+(_[a-z]+)?_size$'
            AND p.proname <> 'pg_column_size'
    LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', routine.signature);
        IF NOT routine.is_large_object THEN
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %s', routine.signature, workers);
        END IF;
    END LOOP;
    SELECT string_agg(quote_ident(a.attname), ', ') INTO harmless
    FROM pg_attribute AS a
    WHERE a.attrelid = 'pg_class'::regclass AND a.attnum > 0
        AND a.attname NOT IN ('relpages', 'reltuples', 'relallvisible', 'relallfrozen');
    REVOKE SELECT ON pg_catalog.pg_class FROM PUBLIC;
    EXECUTE format('GRANT SELECT (%s) ON pg_catalog.pg_class TO PUBLIC', harmless);
    EXECUTE format('GRANT SELECT ON pg_catalog.pg_class TO %s', workers);
    REVOKE USAGE ON LANGUAGE sql, plpgsql FROM PUBLIC;
    GRANT USAGE ON LANGUAGE sql, plpgsql TO owner, airflow;
END
$$
