-- Why: identities of a day are made from those of the day before; what was found on a day is kept with that day, so that
-- the cost of a day does not grow with history and any day can be made again (ADR 0004).
-- Undo: DROP TABLE core.text_tie, core.shared_contact, core.linked_day.
CREATE TABLE core.text_tie (
    first_id integer NOT NULL REFERENCES core.listing ON DELETE CASCADE,
    second_id integer NOT NULL REFERENCES core.listing ON DELETE CASCADE,
    from_date date NOT NULL,
    PRIMARY KEY (first_id, second_id),
    CHECK (first_id < second_id)
);
CREATE INDEX text_tie_second ON core.text_tie (second_id);
CREATE INDEX text_tie_from ON core.text_tie (from_date);
COMMENT ON TABLE core.text_tie IS 'Pairs of listings of one epoch with near-identical text, by their keyed sketches.';
COMMENT ON COLUMN core.text_tie.first_id IS 'Listing with the lower running number.';
COMMENT ON COLUMN core.text_tie.second_id IS 'The other listing.';
COMMENT ON COLUMN core.text_tie.from_date IS 'First day on which both texts had been read.';

CREATE TABLE core.shared_contact (
    epoch_code text NOT NULL,
    contact_key bytea NOT NULL CHECK (octet_length(contact_key) = 32),
    from_date date NOT NULL,
    PRIMARY KEY (epoch_code, contact_key)
);
COMMENT ON TABLE core.shared_contact IS 'Contacts under which several different texts stood on one source at once: they tie no listings.';
COMMENT ON COLUMN core.shared_contact.epoch_code IS 'Key epoch.';
COMMENT ON COLUMN core.shared_contact.contact_key IS 'Pseudonym of the contact.';
COMMENT ON COLUMN core.shared_contact.from_date IS 'First day on which it was seen to be shared.';

CREATE TABLE core.linked_day (
    epoch_code text NOT NULL,
    day_date date NOT NULL,
    PRIMARY KEY (epoch_code, day_date)
);
COMMENT ON TABLE core.linked_day IS 'Days for which identities have been made.';
COMMENT ON COLUMN core.linked_day.epoch_code IS 'Key epoch.';
COMMENT ON COLUMN core.linked_day.day_date IS 'Day.';

GRANT SELECT, INSERT, UPDATE, DELETE ON core.text_tie, core.shared_contact, core.linked_day TO reader;

CREATE OR REPLACE FUNCTION core.object(epoch text, contact bytea) RETURNS integer
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
    DELETE FROM core.shared_contact AS c WHERE c.epoch_code = epoch AND c.contact_key = contact;
    RETURN coalesce(cardinality(ids), 0);
END
$$;
