-- Why: one role per trust domain, each with the least it needs (DESIGN 4); the collection domain has none.
-- Undo: DROP OWNED BY reader, estimator, releaser, analist, handhaving, beleid; then DROP ROLE for each.
-- Roles belong to the whole server: where they exist already (the embedded server makes them), they are only granted to.
DO $$
DECLARE
    role_name text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY['reader', 'estimator', 'releaser', 'analist', 'handhaving', 'beleid'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
            EXECUTE format('CREATE ROLE %I', role_name);
        END IF;
    END LOOP;
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format(
        'GRANT CONNECT ON DATABASE %I TO reader, estimator, releaser, analist, handhaving, beleid', current_database()
    );
    EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO reader, estimator, releaser', current_database());
    -- Readers of figures: no long or writing statements, whatever a client asks for at first.
    FOREACH role_name IN ARRAY ARRAY['analist', 'handhaving', 'beleid'] LOOP
        EXECUTE format('ALTER ROLE %I IN DATABASE %I SET statement_timeout = ''30s''', role_name, current_database());
        EXECUTE format(
            'ALTER ROLE %I IN DATABASE %I SET idle_in_transaction_session_timeout = ''60s''',
            role_name,
            current_database()
        );
        EXECUTE format('ALTER ROLE %I IN DATABASE %I SET search_path = release', role_name, current_database());
    END LOOP;
END
$$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;

-- Reading: writes facts and pseudonyms, links them into identities. It deletes nothing but its own links; erasing is
-- done by functions that say what they erase.
GRANT USAGE ON SCHEMA core TO reader;
GRANT SELECT, INSERT, UPDATE ON core.source, core.crawl, core.listing, core.listing_version, core.sighting TO reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON core.identity, core.identity_member TO reader;
GRANT SELECT, INSERT ON core.receipt TO reader;
GRANT SELECT ON core.exclusion TO reader;

-- Estimation: reads facts (not objections), owns what it estimates. It has no key.
GRANT USAGE ON SCHEMA core, est TO estimator;
GRANT SELECT ON core.source, core.crawl, core.listing, core.listing_version, core.sighting, core.identity,
    core.identity_member TO estimator;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA est TO estimator;
ALTER DEFAULT PRIVILEGES IN SCHEMA est GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO estimator;

-- Release: reads estimates and how well each crawl went, adds to releases. What was released can be neither changed
-- nor removed by it; areas are facts and may be corrected.
GRANT USAGE ON SCHEMA core, est, release TO releaser;
GRANT SELECT ON core.source, core.crawl TO releaser;
GRANT SELECT ON ALL TABLES IN SCHEMA est TO releaser;
GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA release TO releaser;
GRANT UPDATE ON release.area TO releaser;
ALTER DEFAULT PRIVILEGES IN SCHEMA est GRANT SELECT ON TABLES TO releaser;
ALTER DEFAULT PRIVILEGES IN SCHEMA release GRANT SELECT, INSERT ON TABLES TO releaser;

-- Readers of figures: releases only.
GRANT USAGE ON SCHEMA release TO analist, handhaving, beleid;
GRANT SELECT ON ALL TABLES IN SCHEMA release TO analist, handhaving, beleid;
ALTER DEFAULT PRIVILEGES IN SCHEMA release GRANT SELECT ON TABLES TO analist, handhaving, beleid;

-- A function may be run by nobody unless it is granted.
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

-- Months are added while loading, by a role that does not own the table.
CREATE FUNCTION core.ensure_month(day date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, core
AS $$
DECLARE
    first_day date := date_trunc('month', day)::date;
    partition_name text := 'sighting_' || to_char(date_trunc('month', day), 'YYYY_MM');
BEGIN
    IF to_regclass('core.' || partition_name) IS NULL THEN
        PERFORM pg_advisory_xact_lock(hashtext('core.' || partition_name));
        EXECUTE format(
            'CREATE TABLE IF NOT EXISTS core.%I PARTITION OF core.sighting FOR VALUES FROM (%L) TO (%L)',
            partition_name, first_day, (first_day + interval '1 month')::date
        );
    END IF;
END
$$;
COMMENT ON FUNCTION core.ensure_month(date) IS 'Make the partition of core.sighting for the month that holds a day.';
GRANT EXECUTE ON FUNCTION core.ensure_month(date) TO reader;

-- Objections (PRIVACY P8): erase what is known of listings, on their pseudonyms.
CREATE FUNCTION core.erase_listings(epoch text, source text, listing_keys bytea[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, core
AS $$
DECLARE
    ids integer[];
BEGIN
    SELECT array_agg(l.listing_id) INTO ids
    FROM core.listing AS l
    WHERE l.epoch_code = epoch AND l.source_code = source AND l.listing_key = ANY (listing_keys);
    DELETE FROM core.sighting AS s WHERE s.listing_id = ANY (ids);
    DELETE FROM core.listing AS l WHERE l.listing_id = ANY (ids);
    RETURN coalesce(cardinality(ids), 0);
END
$$;
COMMENT ON FUNCTION core.erase_listings(text, text, bytea[]) IS
    'Erase listings with their versions, sightings and links; gives how many.';
GRANT EXECUTE ON FUNCTION core.erase_listings(text, text, bytea[]) TO reader;

CREATE FUNCTION core.object(epoch text, contact bytea) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, core
AS $$
DECLARE
    ids integer[];
BEGIN
    INSERT INTO core.exclusion AS e (epoch_code, contact_key) VALUES (epoch, contact) ON CONFLICT DO NOTHING;
    SELECT array_agg(DISTINCT l.listing_id) INTO ids
    FROM core.listing_version AS v JOIN core.listing AS l USING (listing_id)
    WHERE l.epoch_code = epoch AND v.contact_keys @> ARRAY[contact];
    DELETE FROM core.sighting AS s WHERE s.listing_id = ANY (ids);
    DELETE FROM core.listing AS l WHERE l.listing_id = ANY (ids);
    RETURN coalesce(cardinality(ids), 0);
END
$$;
COMMENT ON FUNCTION core.object(text, bytea) IS
    'Enter an objection and erase the listings under that contact; gives how many.';
GRANT EXECUTE ON FUNCTION core.object(text, bytea) TO reader;
