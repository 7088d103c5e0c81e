-- Why: key epochs that end: which days are kept under which key, the bridge of one week between two keys, and what is
-- carried over it (ADR 0011). Undo: DROP TABLE core.carried_tie, core.bridge, core.epoch, core.key_check; DROP FUNCTION
-- core.move_to_epoch, core.close_epoch; restore core.object of 0012.
CREATE TABLE core.epoch (
    epoch_code text PRIMARY KEY,
    start_date date NOT NULL UNIQUE,
    first_date date NOT NULL CHECK (first_date <= start_date),
    former_code text REFERENCES core.epoch,
    closed_date date
);
COMMENT ON TABLE core.epoch IS 'Key epochs that hold or held rows.';
COMMENT ON COLUMN core.epoch.epoch_code IS 'E0003, or E0003a where a new key was started within the 13 weeks.';
COMMENT ON COLUMN core.epoch.start_date IS 'First day collected under this key.';
COMMENT ON COLUMN core.epoch.first_date IS 'First day of which sightings are kept under this key: four weeks are carried over a bridge; without a bridge, start_date.';
COMMENT ON COLUMN core.epoch.former_code IS 'Epoch that was carried over; NULL: none before it, or a break because its key was lost.';
COMMENT ON COLUMN core.epoch.closed_date IS 'Day on which the key and the bridge were destroyed; NULL: still there.';

CREATE TABLE core.key_check (
    key_name text PRIMARY KEY,
    check_key bytea NOT NULL CHECK (octet_length(check_key) = 32)
);
COMMENT ON TABLE core.key_check IS 'What tells a wrong key from the right one; says nothing about any value.';
COMMENT ON COLUMN core.key_check.key_name IS 'record, or pseudonym-E0003.';
COMMENT ON COLUMN core.key_check.check_key IS 'HMAC-SHA-256 of a fixed text under the key.';

CREATE TABLE core.bridge (
    former_key bytea PRIMARY KEY CHECK (octet_length(former_key) = 32),
    listing_id integer NOT NULL UNIQUE REFERENCES core.listing ON DELETE CASCADE,
    former_contact_keys bytea[] NOT NULL
);
CREATE INDEX bridge_contacts ON core.bridge USING gin (former_contact_keys) WITH (fastupdate = off);
COMMENT ON TABLE core.bridge IS 'For one week: which listing was which under the key before. Emptied when that key is destroyed.';
COMMENT ON COLUMN core.bridge.former_key IS 'Pseudonym of the listing''s id under the key of the epoch before.';
COMMENT ON COLUMN core.bridge.listing_id IS 'The listing in the present epoch.';
COMMENT ON COLUMN core.bridge.former_contact_keys IS 'Contacts it ever named, under the key before: for objections during the week.';

CREATE TABLE core.carried_tie (
    listing_id integer PRIMARY KEY REFERENCES core.listing ON DELETE CASCADE,
    carried_key bytea NOT NULL CHECK (octet_length(carried_key) = 32),
    group_number bigint
);
CREATE INDEX carried_tie_group ON core.carried_tie (group_number);
COMMENT ON TABLE core.carried_tie IS 'Listings carried from the epoch before, and which of them were one identity, so that rotating a key splits nobody.';
COMMENT ON COLUMN core.carried_tie.listing_id IS 'Listing in the present epoch.';
COMMENT ON COLUMN core.carried_tie.carried_key IS 'Pseudonym that it was carried with: its place among others and its identity''s record number stay those of this one when it gets its own.';
COMMENT ON COLUMN core.carried_tie.group_number IS 'Equal for listings of one identity, NULL for one alone; drawn with the key before, so it leads nowhere once that is gone.';

-- Rows of before this migration: epochs by the calendar, no bridge between them.
INSERT INTO core.epoch (epoch_code, start_date, first_date)
SELECT DISTINCT l.epoch_code, e.start_date, e.start_date
FROM core.listing AS l
CROSS JOIN LATERAL (SELECT date '2026-01-05' + 91 * substr(l.epoch_code, 2)::integer AS start_date) AS e;

GRANT SELECT, INSERT, UPDATE ON core.epoch TO reader;
GRANT SELECT ON core.epoch TO estimator, releaser;
GRANT SELECT, INSERT ON core.key_check TO reader, releaser;
GRANT SELECT, INSERT ON core.bridge, core.carried_tie TO reader;

-- Carrying over a bridge moves rows: the reading domain may do it by this rule only.
CREATE FUNCTION core.carry(
    former text, epoch text, first_day date, start_day date,
    former_ids integer[], new_keys bytea[], group_numbers bigint[],
    read_ids integer[], read_days date[], new_contents bytea[]
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, core, pg_temp
AS $$
DECLARE
    new_ids integer[];
    moved bigint;
BEGIN
    -- Of a turn just before this one: what it leads to is moved on, under pseudonyms that nobody sees again.
    TRUNCATE core.bridge;
    -- Running numbers in the order of the new pseudonyms: the order of the old ones would lead back to them.
    INSERT INTO core.listing (source_code, epoch_code, listing_key)
    SELECT f.source_code, epoch, n.new_key
    FROM unnest(former_ids, new_keys) AS n (former_id, new_key)
    JOIN core.listing AS f ON f.listing_id = n.former_id AND f.epoch_code = former
    ORDER BY n.new_key;

    SELECT array_agg(l.listing_id ORDER BY n.place) INTO new_ids
    FROM unnest(former_ids, new_keys) WITH ORDINALITY AS n (former_id, new_key, place)
    JOIN core.listing AS f ON f.listing_id = n.former_id
    JOIN core.listing AS l ON l.epoch_code = epoch AND l.source_code = f.source_code AND l.listing_key = n.new_key;

    INSERT INTO core.bridge (former_key, listing_id, former_contact_keys)
    SELECT f.listing_key, m.new_id, ARRAY(
        SELECT DISTINCT k.contact_key
        FROM core.listing_version AS v CROSS JOIN LATERAL unnest(v.contact_keys) AS k (contact_key)
        WHERE v.listing_id = m.former_id
        ORDER BY k.contact_key
    )
    FROM unnest(former_ids, new_ids) AS m (former_id, new_id)
    JOIN core.listing AS f ON f.listing_id = m.former_id;

    INSERT INTO core.carried_tie (listing_id, carried_key, group_number)
    SELECT m.new_id, m.new_key, m.group_number
    FROM unnest(new_ids, new_keys, group_numbers) AS m (new_id, new_key, group_number)
    ORDER BY m.new_id;

    -- Facts without contacts and sketch: those were made under the key before and would lead back to its rows. What held
    -- when the window opens stays where it was, too.
    INSERT INTO core.listing_version (
        listing_id, read_date, area_codes, area_probabilities, language_code, language_probability, setting_code,
        setting_probability, contact_keys, content_key, sketch, pipeline_version
    )
    SELECT
        m.new_id, greatest(v.read_date, first_day), v.area_codes, v.area_probabilities, v.language_code,
        v.language_probability, v.setting_code, v.setting_probability, '{}', n.new_content,
        decode(repeat('ff', octet_length(v.sketch)), 'hex'), v.pipeline_version
    FROM unnest(read_ids, read_days, new_contents) AS n (former_id, read_day, new_content)
    JOIN core.listing_version AS v ON v.listing_id = n.former_id AND v.read_date = n.read_day
    JOIN unnest(former_ids, new_ids) AS m (former_id, new_id) ON m.former_id = n.former_id
    ORDER BY m.new_id, 2;
    DELETE FROM core.listing_version AS v
    USING unnest(former_ids) AS m (former_id)
    WHERE v.listing_id = m.former_id AND v.read_date >= first_day;

    -- Moved, not copied: the same days under two keys could be laid side by side.
    INSERT INTO core.sighting (day_date, listing_id)
    SELECT s.day_date, m.new_id
    FROM core.sighting AS s
    JOIN unnest(former_ids, new_ids) AS m (former_id, new_id) ON m.former_id = s.listing_id
    WHERE s.day_date >= first_day AND s.day_date < start_day
    ORDER BY s.day_date, m.new_id;
    GET DIAGNOSTICS moved = ROW_COUNT;
    DELETE FROM core.sighting AS s
    USING unnest(former_ids) AS m (former_id)
    WHERE s.day_date >= first_day AND s.day_date < start_day AND s.listing_id = m.former_id;

    -- Listings that lie in the window as a whole have left nothing behind.
    DELETE FROM core.listing AS l
    USING unnest(former_ids) AS m (former_id)
    WHERE l.listing_id = m.former_id
        AND NOT EXISTS (SELECT FROM core.listing_version AS v WHERE v.listing_id = l.listing_id)
        AND NOT EXISTS (
            SELECT FROM core.sighting AS s WHERE s.listing_id = l.listing_id AND s.day_date < first_day
        );
    DELETE FROM core.identity AS i
    WHERE i.epoch_code = former
        AND NOT EXISTS (SELECT FROM core.identity_member AS m WHERE m.identity_id = i.identity_id);
    RETURN moved;
END
$$;
COMMENT ON FUNCTION core.carry(text, text, date, date, integer[], bytea[], bigint[], integer[], date[], bytea[]) IS
    'Move the last weeks of an epoch under the key of the next; gives the sightings moved.';
GRANT EXECUTE ON FUNCTION core.carry(text, text, date, date, integer[], bytea[], bigint[], integer[], date[], bytea[])
    TO reader;

-- Who was one identity with whom is a pattern that leads from one epoch to the next, key or no key: on the synthetic market
-- it found 82 % of the listings that go on, where the facts alone find 67 %; probabilities, which tell one text from
-- another, found 94 % where the facts alone found 70 % (benchmarks/keeping/rotation.py). So all that ties rows of an epoch
-- to each other or tells them apart goes with its key; what stays are listings with the days on which they were seen, and facts.
ALTER TABLE core.listing_version ALTER COLUMN content_key DROP NOT NULL, ALTER COLUMN sketch DROP NOT NULL;
CREATE FUNCTION core.close_epoch(epoch text, day date) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, core, pg_temp
AS $$
DECLARE
    bridged bigint := 0;
BEGIN
    IF EXISTS (
        SELECT FROM core.epoch AS e WHERE e.former_code = epoch
            AND NOT EXISTS (SELECT FROM core.epoch AS n WHERE n.former_code = e.epoch_code)
    ) THEN
        SELECT count(*) INTO bridged FROM core.bridge;
        TRUNCATE core.bridge;
    END IF;
    DELETE FROM core.identity AS i WHERE i.epoch_code = epoch;
    DELETE FROM core.text_tie AS t USING core.listing AS l WHERE l.listing_id = t.first_id AND l.epoch_code = epoch;
    DELETE FROM core.carried_tie AS t USING core.listing AS l WHERE l.listing_id = t.listing_id AND l.epoch_code = epoch;
    DELETE FROM core.shared_contact AS c WHERE c.epoch_code = epoch;
    DELETE FROM core.linked_day AS d WHERE d.epoch_code = epoch;
    DELETE FROM core.exclusion AS e WHERE e.epoch_code = epoch;
    -- Probabilities too: they come out of the text to seven digits, and are the same wherever it is read again.
    UPDATE core.listing_version AS v
    SET contact_keys = '{}', content_key = NULL, sketch = NULL, language_probability = 0, setting_probability = 0,
        area_probabilities = array_fill(0::real, ARRAY[cardinality(v.area_codes)])
    FROM core.listing AS l
    WHERE l.listing_id = v.listing_id AND l.epoch_code = epoch AND v.content_key IS NOT NULL;
    -- And the pseudonyms, from which record numbers were taken. What stands for them is drawn from nothing but the row.
    UPDATE core.listing AS l SET listing_key = sha256(convert_to(l.epoch_code || '/' || l.listing_id, 'UTF8'))
    WHERE l.epoch_code = epoch;
    UPDATE core.epoch AS e SET closed_date = day WHERE e.epoch_code = epoch AND e.closed_date IS NULL;
    INSERT INTO core.receipt (kind_code, subject, digest, day_date, row_count)
    VALUES ('key', 'pseudonym-' || epoch, sha256(convert_to('key ' || epoch || ' ' || bridged, 'UTF8')), day, bridged)
    ON CONFLICT DO NOTHING;
    RETURN bridged;
END
$$;
COMMENT ON FUNCTION core.close_epoch(text, date) IS
    'Destroy the bridge from an epoch whose key is gone, and all that ties its rows to each other; keeps the receipt and gives the listings that were bridged.';
GRANT EXECUTE ON FUNCTION core.close_epoch(text, date) TO reader;

-- An objection during the bridge week also finds what was carried and has not been read again yet.
CREATE OR REPLACE FUNCTION core.object(epoch text, contact bytea) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, core, pg_temp
AS $$
DECLARE
    ids integer[];
BEGIN
    INSERT INTO core.exclusion AS e (epoch_code, contact_key) VALUES (epoch, contact) ON CONFLICT DO NOTHING;
    SELECT array_agg(found.listing_id) INTO ids
    FROM (
        SELECT l.listing_id
        FROM core.listing_version AS v JOIN core.listing AS l USING (listing_id)
        WHERE l.epoch_code = epoch AND v.contact_keys @> ARRAY[contact]
        UNION
        SELECT b.listing_id FROM core.bridge AS b WHERE b.former_contact_keys @> ARRAY[contact]
    ) AS found;
    DELETE FROM core.sighting AS s WHERE s.listing_id = ANY (ids);
    DELETE FROM core.listing AS l WHERE l.listing_id = ANY (ids);
    DELETE FROM core.shared_contact AS c WHERE c.epoch_code = epoch AND c.contact_key = contact;
    RETURN coalesce(cardinality(ids), 0);
END
$$;

-- What is loaded is never changed, but by these two rules of the bridge week.
CREATE FUNCTION core.recognise_listings(new_keys bytea[], former_keys bytea[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, core, pg_temp
AS $$
DECLARE
    recognised integer;
BEGIN
    UPDATE core.listing AS l
    SET listing_key = n.new_key
    FROM unnest(new_keys, former_keys) AS n (new_key, former_key)
    JOIN core.bridge AS b USING (former_key)
    WHERE l.listing_id = b.listing_id AND l.listing_key <> n.new_key
        -- Taken for new on a day on which the key before was away: it stays so.
        AND NOT EXISTS (
            SELECT FROM core.listing AS t
            WHERE t.epoch_code = l.epoch_code AND t.source_code = l.source_code AND t.listing_key = n.new_key
        );
    GET DIAGNOSTICS recognised = ROW_COUNT;
    RETURN recognised;
END
$$;
COMMENT ON FUNCTION core.recognise_listings(bytea[], bytea[]) IS
    'Give carried listings that are seen again their own pseudonym; gives how many.';
GRANT EXECUTE ON FUNCTION core.recognise_listings(bytea[], bytea[]) TO reader;

CREATE FUNCTION core.recognise_contacts(epoch text, new_keys bytea[], former_keys bytea[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, core, pg_temp
AS $$
DECLARE
    recognised integer;
BEGIN
    -- Carried listings whose page is not due yet name the same numbers as before: known again as soon as one of them is
    -- read anywhere.
    UPDATE core.listing_version AS v
    SET contact_keys = (
        SELECT array_agg(DISTINCT k.contact_key ORDER BY k.contact_key)
        FROM unnest(v.contact_keys || n.found_keys) AS k (contact_key)
    )
    FROM (
        SELECT b.listing_id, array_agg(c.new_key) AS found_keys
        FROM unnest(new_keys, former_keys) AS c (new_key, former_key)
        JOIN core.bridge AS b ON b.former_contact_keys @> ARRAY[c.former_key]
        GROUP BY b.listing_id
    ) AS n
    JOIN core.epoch AS e ON e.epoch_code = epoch
    WHERE v.listing_id = n.listing_id AND v.read_date < e.start_date AND NOT v.contact_keys @> n.found_keys;
    GET DIAGNOSTICS recognised = ROW_COUNT;
    RETURN recognised;
END
$$;
COMMENT ON FUNCTION core.recognise_contacts(text, bytea[], bytea[]) IS
    'Give what was carried of listings the pseudonyms of contacts that are named again; gives the versions changed.';
GRANT EXECUTE ON FUNCTION core.recognise_contacts(text, bytea[], bytea[]) TO reader;
