-- Why: a crawl proves what it saw: which index pages are missing, and what the fields looked like, so that a source that
-- goes blind or changes shows (DESIGN 3). Undo: DROP TABLE core.crawl_field; ALTER TABLE core.crawl DROP the columns below.
ALTER TABLE core.crawl
    ADD COLUMN index_page_expected_count integer NOT NULL DEFAULT 0,
    ADD COLUMN index_page_fetched_count integer NOT NULL DEFAULT 0,
    ADD COLUMN index_pages_missing text NOT NULL DEFAULT '',
    ADD COLUMN listing_stated_count integer,
    ADD COLUMN listing_unchanged_count integer NOT NULL DEFAULT 0,
    ADD COLUMN listing_before_count integer NOT NULL DEFAULT 0,
    ADD COLUMN listing_stayed_count integer NOT NULL DEFAULT 0,
    ADD COLUMN is_trusted boolean NOT NULL DEFAULT true;
COMMENT ON COLUMN core.crawl.completeness_share IS 'q in [0, 1]: share of the site''s listings that were seen x share of those that could be read.';
COMMENT ON COLUMN core.crawl.index_page_expected_count IS 'Index pages that the site''s lists have, as far as is known.';
COMMENT ON COLUMN core.crawl.index_page_fetched_count IS 'Of those, fetched and read.';
COMMENT ON COLUMN core.crawl.index_pages_missing IS 'Index pages not seen, as "3/7" (page 3 of 7), with the list''s number before it where there are several ("2:3/7"); at most 20 are named.';
COMMENT ON COLUMN core.crawl.listing_stated_count IS 'Listings that the site says it has; NULL where it does not say.';
COMMENT ON COLUMN core.crawl.listing_unchanged_count IS 'Listings of which the site said, when asked, that their page is as it was.';
COMMENT ON COLUMN core.crawl.listing_before_count IS 'Listings that the crawl before saw.';
COMMENT ON COLUMN core.crawl.listing_stayed_count IS 'Of those, seen again.';
COMMENT ON COLUMN core.crawl.is_trusted IS 'False where the listings were there, but their pages had changed so that what was read is not kept.';

CREATE TABLE core.crawl_field (
    source_code text NOT NULL,
    day_date date NOT NULL,
    field_code text NOT NULL,
    filled_count integer NOT NULL,
    numeric_count integer NOT NULL,
    length_count integer NOT NULL,
    alike_count integer NOT NULL,
    PRIMARY KEY (source_code, day_date, field_code),
    FOREIGN KEY (source_code, day_date) REFERENCES core.crawl ON DELETE CASCADE
);
COMMENT ON TABLE core.crawl_field IS 'What each field of the listings read in a crawl looked like: counts and lengths, no value.';
COMMENT ON COLUMN core.crawl_field.source_code IS 'Source.';
COMMENT ON COLUMN core.crawl_field.day_date IS 'Local day of the crawl.';
COMMENT ON COLUMN core.crawl_field.field_code IS 'title | body | place | contact | category | posted_date | title_on_card | place_in_text (the last two: listings that agree).';
COMMENT ON COLUMN core.crawl_field.filled_count IS 'Listings read in which the field was there.';
COMMENT ON COLUMN core.crawl_field.numeric_count IS 'Of those, listings in which it held nine digits or more.';
COMMENT ON COLUMN core.crawl_field.length_count IS 'Median number of characters where the field was there; 0 where it never was.';
COMMENT ON COLUMN core.crawl_field.alike_count IS 'Listings that had the commonest value.';
GRANT SELECT, INSERT, UPDATE ON core.crawl_field TO reader;
GRANT SELECT ON core.crawl_field TO estimator;
