CREATE TEMP TABLE staged_present (listing_key bytea NOT NULL) ON COMMIT DROP
