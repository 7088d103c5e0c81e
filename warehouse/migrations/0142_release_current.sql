-- Why: a reader of figures nearly always wants what is known now, and choosing the last version by hand goes wrong where a
-- correction is a whole block. Undo: DROP VIEW release.volume_current and so on, for each cube below; then
-- DROP FUNCTION release.last_versions(text).
-- A view asks as whoever looks at it, so that row security holds (0071). It has the columns of today: a migration that adds
-- one to a table makes its view anew.
-- Which version of a block is its last is asked with the owner's rights: a login that sees some rows only could not see that a
-- later version without any of them took their place.
CREATE FUNCTION release.last_versions(cube text) RETURNS TABLE (block_start_date date, version_number integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT m.block_start_date, max(m.version_number) FROM release.movement AS m WHERE cube = 'movement' GROUP BY 1
    UNION ALL
    SELECT l.block_start_date, max(l.version_number) FROM release.language AS l WHERE cube = 'language' GROUP BY 1
$$;
COMMENT ON FUNCTION release.last_versions(text) IS
    'Last version of each block of release.movement or release.language: numbers only, also of rows that a login does not see.';
REVOKE ALL ON FUNCTION release.last_versions(text) FROM PUBLIC, releaser;
GRANT EXECUTE ON FUNCTION release.last_versions(text) TO analist, handhaving, beleid, gemeente;

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
                'SELECT c.* FROM release.%I AS c WHERE (c.block_start_date, c.version_number) IN ('
                'SELECT b.block_start_date, b.version_number FROM release.last_versions(%L) AS b)', cube, cube
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
