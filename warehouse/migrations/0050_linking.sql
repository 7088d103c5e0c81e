-- Why: a sketch keeps 16 bits of each place instead of 32 (half the bytes, the same pairs); links are judged once, on their
-- day, under new guards, so what was found by the old ones is found anew; merges and splits are logged, and of how listings
-- repeat each other there are counts (ADR 0012). Undo: DROP TABLE core.identity_change, core.duplicate_day;
-- ALTER TABLE core.linked_day DROP load_count; ALTER TABLE core.shared_contact DROP reason_code;
-- the upper halves of sketches are gone.
ALTER TABLE core.listing_version DROP CONSTRAINT listing_version_sketch_check;
UPDATE core.listing_version
SET sketch = (
    SELECT string_agg(substring(sketch FROM 4 * place + 1 FOR 2), '' ORDER BY place)
    FROM generate_series(0, 63) AS place
);
ALTER TABLE core.listing_version ADD CONSTRAINT listing_version_sketch_check CHECK (octet_length(sketch) = 128);
COMMENT ON COLUMN core.listing_version.sketch IS
    'Keyed MinHash signature of the text, 64 x 16 bits, little-endian; worthless without the epoch key.';

DELETE FROM core.text_tie;
DELETE FROM core.shared_contact;
DELETE FROM core.linked_day;
ALTER TABLE core.linked_day ADD COLUMN load_count integer NOT NULL;
COMMENT ON COLUMN core.linked_day.load_count IS
    'Loads up to this day that were there when it was linked: where there are more now, it is linked again.';
ALTER TABLE core.shared_contact
    ADD COLUMN reason_code text NOT NULL CHECK (reason_code IN ('texts', 'places', 'contacts', 'carried'));
COMMENT ON TABLE core.shared_contact IS 'Contacts that are not one advertiser''s: they tie no listings.';
COMMENT ON COLUMN core.shared_contact.reason_code IS
    'What showed it: texts (several at once on one source) | places (texts of their own in several at once) | contacts '
    '(several others beside it that have nothing to do with each other) | carried (known in the epoch before).';
ALTER TABLE core.shared_contact ALTER COLUMN reason_code SET DEFAULT 'carried';

CREATE TABLE core.identity_change (
    epoch_code text NOT NULL,
    day_date date NOT NULL,
    former_id integer NOT NULL REFERENCES core.identity (identity_id) ON DELETE CASCADE,
    identity_id integer NOT NULL REFERENCES core.identity ON DELETE CASCADE,
    kind_code text NOT NULL CHECK (kind_code IN ('merge', 'split')),
    listing_count integer NOT NULL CHECK (listing_count > 0),
    PRIMARY KEY (former_id, day_date, identity_id),
    FOREIGN KEY (epoch_code, day_date) REFERENCES core.linked_day ON DELETE CASCADE,
    CHECK (former_id <> identity_id)
);
CREATE INDEX identity_change_identity ON core.identity_change (identity_id);
CREATE INDEX identity_change_day ON core.identity_change (epoch_code, day_date);
COMMENT ON TABLE core.identity_change IS 'Listings that went from one identity to another; goes when either identity goes, or the day it was linked on.';
COMMENT ON COLUMN core.identity_change.epoch_code IS 'Key epoch.';
COMMENT ON COLUMN core.identity_change.day_date IS 'Day from which it holds.';
COMMENT ON COLUMN core.identity_change.former_id IS 'Identity they were in the day before.';
COMMENT ON COLUMN core.identity_change.identity_id IS 'Identity they are in from this day on.';
COMMENT ON COLUMN core.identity_change.kind_code IS 'merge: all of the former identity went there | split: a part of it did.';
COMMENT ON COLUMN core.identity_change.listing_count IS 'How many listings.';

CREATE TABLE core.duplicate_day (
    epoch_code text NOT NULL,
    day_date date NOT NULL,
    kind_code text NOT NULL CHECK (kind_code IN ('none', 'full', 'semantic', 'temporal', 'partial')),
    listing_count integer NOT NULL,
    PRIMARY KEY (epoch_code, day_date, kind_code)
);
COMMENT ON TABLE core.duplicate_day IS
    'Listings present on a day by how they repeat an earlier one of the same identity (Eurostat''s five types): the four-step '
    'count goes from all of them (advertisements) to none + partial (distinct ones) to none (identities).';
COMMENT ON COLUMN core.duplicate_day.epoch_code IS 'Key epoch.';
COMMENT ON COLUMN core.duplicate_day.day_date IS 'Day.';
COMMENT ON COLUMN core.duplicate_day.kind_code IS
    'none: the first of its identity | full: the same words | semantic: nearly the same words, first read on one day | temporal: '
    'nearly the same words, first read on another day | partial: the same advertiser, other words.';
COMMENT ON COLUMN core.duplicate_day.listing_count IS 'Listings of this type.';

GRANT SELECT, INSERT, UPDATE, DELETE ON core.identity_change, core.duplicate_day TO reader;
GRANT SELECT ON core.duplicate_day TO estimator;
