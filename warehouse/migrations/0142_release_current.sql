-- Why: a reader of figures nearly always wants what is known now, and choosing the last version by hand goes wrong where a
-- correction is a whole block. Undo: DROP VIEW release.volume_current and so on, for each cube below.
-- A view asks as whoever looks at it, so that row security holds (0071). It has the columns of today: a migration that adds
-- one to a table makes its view anew.
DO $$
DECLARE
    cube text;
    key text;
    chosen text;
    made oid;
BEGIN
    FOREACH cube IN ARRAY ARRAY[
        'volume', 'setting_share', 'movement', 'language', 'quality_day', 'alert', 'stay', 'count_step', 'policy_event',
        'policy_effect'
    ] LOOP
        SELECT string_agg(format('c.%I', a.attname), ', ' ORDER BY k.place) INTO key
        FROM pg_constraint AS p
        CROSS JOIN LATERAL unnest(p.conkey) WITH ORDINALITY AS k (number, place)
        JOIN pg_attribute AS a ON a.attrelid = p.conrelid AND a.attnum = k.number
        WHERE p.conrelid = format('release.%I', cube)::regclass AND p.contype = 'p' AND a.attname <> 'version_number';
        chosen := CASE
            WHEN cube IN ('movement', 'language') THEN format(
                'SELECT c.* FROM release.%I AS c WHERE c.version_number = ('
                'SELECT max(b.version_number) FROM release.%I AS b WHERE b.block_start_date = c.block_start_date)', cube, cube
            )
            ELSE format('SELECT DISTINCT ON (%s) c.* FROM release.%I AS c ORDER BY %s, c.version_number DESC', key, cube, key)
        END;
        EXECUTE format('CREATE VIEW release.%I WITH (security_invoker = true) AS %s', cube || '_current', chosen);
        EXECUTE format(
            'COMMENT ON VIEW release.%I IS %L', cube || '_current',
            CASE
                WHEN cube IN ('movement', 'language')
                    THEN format('release.%s as known now: of each block its last version, whole. Columns are those of release.%s.', cube, cube)
                ELSE format('release.%s as known now: of each figure its last version. Columns are those of release.%s.', cube, cube)
            END
        );
        EXECUTE format('REVOKE ALL ON release.%I FROM releaser', cube || '_current');  -- 0004 gives it all that is new here
        EXECUTE format('GRANT SELECT ON release.%I TO analist, handhaving, beleid, gemeente', cube || '_current');
        made := format('release.%I', cube || '_current')::regclass;
        EXECUTE (
            SELECT string_agg(
                format(
                    'COMMENT ON COLUMN %s.%I IS %L', made::regclass, a.attname,
                    col_description(format('release.%I', cube)::regclass, a.attnum)
                ), '; '
            )
            FROM pg_attribute AS a WHERE a.attrelid = made AND a.attnum > 0
        );
    END LOOP;
END
$$;
