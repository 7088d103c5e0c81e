-- Why: nothing about a single listing may be older than the term, the days since when a link holds included; and an
-- epoch that was started within its 13 weeks has a code that is no number (ADR 0014). Undo: restore core.purge_rows of 0011.
CREATE OR REPLACE FUNCTION core.purge_rows(before date) RETURNS TABLE (table_name text, row_count bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, core, pg_temp
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
    -- Of a listing that is still there, only what holds now is kept, and that it held on the first day that is kept.
    DELETE FROM core.identity_member AS m
    USING core.identity_member AS later
    WHERE m.from_date < before AND later.listing_id = m.listing_id
        AND later.from_date > m.from_date AND later.from_date <= before;
    GET DIAGNOSTICS row_count = ROW_COUNT;
    table_name := 'identity_member';
    RETURN NEXT;
    UPDATE core.identity_member AS m SET from_date = before WHERE m.from_date < before;
    UPDATE core.text_tie AS t SET from_date = before WHERE t.from_date < before;
    DELETE FROM core.identity_change AS c WHERE c.day_date < before;
    GET DIAGNOSTICS row_count = ROW_COUNT;
    table_name := 'identity_change';
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
    GET DIAGNOSTICS row_count = ROW_COUNT;
    table_name := 'linked_day';
    RETURN NEXT;
    -- Objections under a key that no row is under any more. E0003 and E0003a lie in the same 13 weeks.
    DELETE FROM core.exclusion AS e
    WHERE date '2026-01-05' + 91 * (substring(e.epoch_code FROM '^E([0-9]+)')::integer + 1) <= before;
    GET DIAGNOSTICS row_count = ROW_COUNT;
    table_name := 'exclusion';
    RETURN NEXT;
END
$$;
