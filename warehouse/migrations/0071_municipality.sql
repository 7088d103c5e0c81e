-- Why: a login that serves one municipality sees the figures of that municipality and of the areas above it, not those
-- of its neighbours (ADR 0013). Undo: DROP POLICY and DISABLE ROW LEVEL SECURITY on each table; DROP FUNCTION
-- release.areas_in_sight; DROP OWNED BY gemeente; DROP ROLE gemeente.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'gemeente') THEN
        CREATE ROLE gemeente;
    END IF;
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO gemeente', current_database());
END
$$;
GRANT USAGE ON SCHEMA release TO gemeente;
GRANT SELECT ON release.area, release.edition, release.volume, release.setting_share, release.movement, release.language,
    release.quality_day TO gemeente;

CREATE FUNCTION release.areas_in_sight() RETURNS text[]
LANGUAGE sql STABLE SET search_path = pg_catalog, release, pg_temp
AS $$
    -- The login's name ends in the code of its municipality; a name that does not sees nothing.
    WITH RECURSIVE seen AS (
        SELECT a.area_code, a.parent_code FROM release.area AS a
        WHERE a.level_code = 'municipality' AND 'gemeente_' || lower(a.area_code) = current_user
        UNION
        SELECT a.area_code, a.parent_code FROM release.area AS a JOIN seen AS s ON a.area_code = s.parent_code
    )
    SELECT coalesce(array_agg(s.area_code), '{}') FROM seen AS s
$$;
COMMENT ON FUNCTION release.areas_in_sight() IS
    'Municipality that the present login serves (gemeente_gm0153: GM0153) with the areas above it; none for other logins.';
REVOKE ALL ON FUNCTION release.areas_in_sight() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION release.areas_in_sight() TO gemeente;

DO $$
DECLARE
    table_name text;
BEGIN
    FOREACH table_name IN ARRAY ARRAY['edition', 'volume', 'setting_share', 'movement', 'language'] LOOP
        EXECUTE format('ALTER TABLE release.%I ENABLE ROW LEVEL SECURITY', table_name);
        EXECUTE format('CREATE POLICY everything ON release.%I TO analist, handhaving, beleid, releaser '
            'USING (true) WITH CHECK (true)', table_name);
    END LOOP;
    FOREACH table_name IN ARRAY ARRAY['volume', 'setting_share', 'language'] LOOP
        EXECUTE format('CREATE POLICY own_area ON release.%I FOR SELECT TO gemeente '
            'USING (area_code = ANY ((SELECT release.areas_in_sight())::text[]))', table_name);
    END LOOP;
END
$$;
-- A move is of both areas that it joins.
CREATE POLICY own_area ON release.movement FOR SELECT TO gemeente USING (
    origin_code = ANY ((SELECT release.areas_in_sight())::text[])
    OR destination_code = ANY ((SELECT release.areas_in_sight())::text[])
);
-- Custom tables tell what others asked.
CREATE POLICY daily ON release.edition FOR SELECT TO gemeente USING (kind_code = 'daily');
