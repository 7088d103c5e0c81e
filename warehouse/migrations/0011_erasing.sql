-- Why: a purge of the reading domain erases by rule (PRIVACY P7) without a right to delete at will.
-- Undo: DROP FUNCTION core.purge_rows, core.purge_month.
CREATE FUNCTION core.purge_month(before date) RETURNS TABLE (month_name text, row_count bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, core
AS $$
DECLARE
    part record;
BEGIN
    FOR part IN
        SELECT c.relname, to_date(right(c.relname, 7), 'YYYY_MM') AS first_day
        FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'core.sighting'::regclass
        ORDER BY c.relname
    LOOP
        IF part.first_day + interval '1 month' <= before THEN
            month_name := to_char(part.first_day, 'YYYY-MM');
            EXECUTE format('SELECT count(*) FROM core.%I', part.relname) INTO row_count;
            EXECUTE format('DROP TABLE core.%I', part.relname);
            RETURN NEXT;
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION core.purge_month(date) IS
    'Drop the months of core.sighting that end before a day; give each with its rows.';

CREATE FUNCTION core.purge_rows(before date) RETURNS TABLE (table_name text, row_count bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, core
AS $$
BEGIN
    DELETE FROM core.sighting AS s WHERE s.day_date < before;
    GET DIAGNOSTICS row_count = ROW_COUNT;
    table_name := 'sighting';
    RETURN NEXT;
    DELETE FROM core.listing_version AS v WHERE v.read_date < before;
    GET DIAGNOSTICS row_count = ROW_COUNT;
    table_name := 'listing_version';
    RETURN NEXT;
    -- A listing lives in one epoch of 13 weeks: once its versions and sightings are gone, nothing is left of it.
    DELETE FROM core.listing AS l
    WHERE NOT EXISTS (SELECT FROM core.listing_version AS v WHERE v.listing_id = l.listing_id)
        AND NOT EXISTS (SELECT FROM core.sighting AS s WHERE s.listing_id = l.listing_id);
    GET DIAGNOSTICS row_count = ROW_COUNT;
    table_name := 'listing';
    RETURN NEXT;
    DELETE FROM core.identity AS i
    WHERE NOT EXISTS (SELECT FROM core.identity_member AS m WHERE m.identity_id = i.identity_id);
    GET DIAGNOSTICS row_count = ROW_COUNT;
    table_name := 'identity';
    RETURN NEXT;
    DELETE FROM core.shared_contact AS c WHERE c.from_date < before;
    GET DIAGNOSTICS row_count = ROW_COUNT;
    table_name := 'shared_contact';
    RETURN NEXT;
    DELETE FROM core.linked_day AS d WHERE d.day_date < before;
    -- Objections under a key that no row is under any more.
    DELETE FROM core.exclusion AS e
    WHERE date '2026-01-05' + 91 * (substr(e.epoch_code, 2)::integer + 1) <= before;
    GET DIAGNOSTICS row_count = ROW_COUNT;
    table_name := 'exclusion';
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION core.purge_rows(date) IS
    'Delete rows about single listings from before a day; give each table with its rows.';

GRANT EXECUTE ON FUNCTION core.purge_month(date), core.purge_rows(date) TO reader;
GRANT MAINTAIN ON core.sighting, core.listing, core.listing_version, core.identity, core.identity_member TO reader;
