-- Why: what is kept of listings: facts and pseudonyms, never text (PRIVACY P3-P6). Undo: DROP SCHEMA core CASCADE.
CREATE SCHEMA core;
COMMENT ON SCHEMA core IS 'Row-level facts and pseudonyms; at most 26 weeks. Never readable by readers of figures.';

CREATE TABLE core.source (
    source_code text PRIMARY KEY,
    source_group_code text NOT NULL
);
COMMENT ON TABLE core.source IS 'Monitored sources as crawled; sources of one owner or with automatic cross-posting share a group and count as one list.';
COMMENT ON COLUMN core.source.source_code IS 'Name of the source in the register.';
COMMENT ON COLUMN core.source.source_group_code IS 'Owner group: one list in the estimates.';

CREATE TABLE core.crawl (
    source_code text NOT NULL REFERENCES core.source,
    day_date date NOT NULL,
    state_code text NOT NULL CHECK (state_code IN ('ok', 'thin', 'blind', 'refused', 'changed', 'failed')),
    reason text NOT NULL,
    page_expected_count integer NOT NULL,
    page_fetched_count integer NOT NULL,
    listing_present_count integer NOT NULL,
    listing_read_count integer NOT NULL,
    parse_failure_count integer NOT NULL,
    completeness_share double precision NOT NULL CHECK (completeness_share BETWEEN 0 AND 1),
    spider_version text NOT NULL,
    PRIMARY KEY (source_code, day_date)
);
COMMENT ON TABLE core.crawl IS 'One row a source and day: what the crawl could see. A missing row means: not tried.';
COMMENT ON COLUMN core.crawl.source_code IS 'Source.';
COMMENT ON COLUMN core.crawl.day_date IS 'Local day (Europe/Amsterdam) of the crawl.';
COMMENT ON COLUMN core.crawl.state_code IS 'ok | thin | blind | refused | changed | failed.';
COMMENT ON COLUMN core.crawl.reason IS 'Named reason of a state other than ok; empty otherwise.';
COMMENT ON COLUMN core.crawl.page_expected_count IS 'Index and detail pages that the crawl set out to fetch.';
COMMENT ON COLUMN core.crawl.page_fetched_count IS 'Of those, fetched.';
COMMENT ON COLUMN core.crawl.listing_present_count IS 'Distinct listings seen on index pages.';
COMMENT ON COLUMN core.crawl.listing_read_count IS 'Distinct listings whose detail page was read.';
COMMENT ON COLUMN core.crawl.parse_failure_count IS 'Pages fetched that could not be read.';
COMMENT ON COLUMN core.crawl.completeness_share IS 'q in [0, 1]: fetched / expected x parse success.';
COMMENT ON COLUMN core.crawl.spider_version IS 'Version of the spider that crawled.';

CREATE TABLE core.listing (
    listing_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source_code text NOT NULL REFERENCES core.source,
    epoch_code text NOT NULL,
    listing_key bytea NOT NULL CHECK (octet_length(listing_key) = 32),
    UNIQUE (epoch_code, source_code, listing_key)
);
COMMENT ON TABLE core.listing IS 'One listing of one source within one key epoch.';
COMMENT ON COLUMN core.listing.listing_id IS 'Meaningless running number; differs between rebuilds, never published.';
COMMENT ON COLUMN core.listing.source_code IS 'Source.';
COMMENT ON COLUMN core.listing.epoch_code IS 'Key epoch of 13 weeks, e.g. E0227.';
COMMENT ON COLUMN core.listing.listing_key IS 'Pseudonym of the site''s listing id: HMAC-SHA-256 under the epoch key.';

CREATE TABLE core.listing_version (
    listing_id integer NOT NULL REFERENCES core.listing ON DELETE CASCADE,
    read_date date NOT NULL,
    area_codes text[] NOT NULL,
    area_probabilities real[] NOT NULL CHECK (cardinality(area_probabilities) = cardinality(area_codes)),
    language_code text,
    language_probability real NOT NULL,
    setting_code text NOT NULL CHECK (setting_code IN ('home', 'club', 'escort', 'other', 'unknown')),
    setting_probability real NOT NULL,
    contact_keys bytea[] NOT NULL,
    content_key bytea NOT NULL CHECK (octet_length(content_key) = 32),
    sketch bytea NOT NULL CHECK (octet_length(sketch) = 256),
    pipeline_version text NOT NULL,
    PRIMARY KEY (listing_id, read_date)
);
COMMENT ON TABLE core.listing_version IS 'Facts read from a listing''s page on a day; holds until a later reading.';
COMMENT ON COLUMN core.listing_version.listing_id IS 'Listing.';
COMMENT ON COLUMN core.listing_version.read_date IS 'Local day on which the page was read.';
COMMENT ON COLUMN core.listing_version.area_codes IS 'Municipalities (GM code) or foreign countries (ISO code) named, most probable first.';
COMMENT ON COLUMN core.listing_version.area_probabilities IS 'Probability of each, 0 to 1.';
COMMENT ON COLUMN core.listing_version.language_code IS 'ISO 639-1 code of the language of the text; NULL: not told. Aggregates only.';
COMMENT ON COLUMN core.listing_version.language_probability IS 'Probability of that language, 0 to 1.';
COMMENT ON COLUMN core.listing_version.setting_code IS 'home | club | escort | other | unknown.';
COMMENT ON COLUMN core.listing_version.setting_probability IS 'Probability of that setting, 0 to 1.';
COMMENT ON COLUMN core.listing_version.contact_keys IS 'Pseudonyms of the telephone numbers: HMAC-SHA-256 under the epoch key.';
COMMENT ON COLUMN core.listing_version.content_key IS 'Pseudonym of the normalised text.';
COMMENT ON COLUMN core.listing_version.sketch IS 'Keyed MinHash signature of the text, 64 x uint32; worthless without the epoch key.';
COMMENT ON COLUMN core.listing_version.pipeline_version IS 'Version of the reading pipeline.';

CREATE TABLE core.sighting (
    day_date date NOT NULL,
    listing_id integer NOT NULL,
    PRIMARY KEY (day_date, listing_id)
) PARTITION BY RANGE (day_date);
COMMENT ON TABLE core.sighting IS 'A listing seen present on a day. One partition a month.';
COMMENT ON COLUMN core.sighting.day_date IS 'Local day.';
COMMENT ON COLUMN core.sighting.listing_id IS 'Listing.';

CREATE TABLE core.identity (
    identity_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    epoch_code text NOT NULL,
    record_number bigint NOT NULL
);
COMMENT ON TABLE core.identity IS 'Cluster of listings that share a contact or near-identical text.';
COMMENT ON COLUMN core.identity.identity_id IS 'Meaningless running number; never published.';
COMMENT ON COLUMN core.identity.epoch_code IS 'Key epoch.';
COMMENT ON COLUMN core.identity.record_number IS 'Pseudo-random number taken from its first listing''s pseudonym; their sum over a cell draws the cell''s noise.';

CREATE TABLE core.identity_member (
    listing_id integer NOT NULL REFERENCES core.listing ON DELETE CASCADE,
    from_date date NOT NULL,
    identity_id integer NOT NULL REFERENCES core.identity ON DELETE CASCADE,
    PRIMARY KEY (listing_id, from_date)
);
COMMENT ON TABLE core.identity_member IS 'Which identity a listing belongs to from a day on; a later row replaces an earlier one, so any past day can be made again.';
COMMENT ON COLUMN core.identity_member.listing_id IS 'Listing.';
COMMENT ON COLUMN core.identity_member.from_date IS 'First day for which this holds.';
COMMENT ON COLUMN core.identity_member.identity_id IS 'Identity.';

CREATE TABLE core.exclusion (
    epoch_code text NOT NULL,
    contact_key bytea NOT NULL CHECK (octet_length(contact_key) = 32),
    PRIMARY KEY (epoch_code, contact_key)
);
COMMENT ON TABLE core.exclusion IS 'Objections (PRIVACY P8): pseudonyms whose listings are dropped.';
COMMENT ON COLUMN core.exclusion.epoch_code IS 'Key epoch.';
COMMENT ON COLUMN core.exclusion.contact_key IS 'Pseudonym of the number objected to.';

CREATE TABLE core.receipt (
    kind_code text NOT NULL CHECK (kind_code IN ('load', 'purge', 'retention', 'key')),
    subject text NOT NULL,
    digest bytea NOT NULL,
    day_date date NOT NULL,
    row_count integer NOT NULL,
    PRIMARY KEY (kind_code, subject)
);
COMMENT ON TABLE core.receipt IS 'Proof that a spool file was loaded exactly once, or that something was destroyed.';
COMMENT ON COLUMN core.receipt.kind_code IS 'load | purge | retention | key.';
COMMENT ON COLUMN core.receipt.subject IS 'What: source/day of a spool file, partition, key epoch.';
COMMENT ON COLUMN core.receipt.digest IS 'SHA-256 of the file or of what was destroyed''s description.';
COMMENT ON COLUMN core.receipt.day_date IS 'Day it concerns.';
COMMENT ON COLUMN core.receipt.row_count IS 'Rows loaded or destroyed.';
