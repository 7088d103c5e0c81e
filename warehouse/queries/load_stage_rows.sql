CREATE TEMP TABLE staged_row (
    listing_key bytea NOT NULL,
    contact_keys bytea[] NOT NULL,
    content_key bytea NOT NULL,
    sketch bytea NOT NULL,
    area_codes text[] NOT NULL,
    area_probabilities real[] NOT NULL,
    language_code text,
    language_probability real NOT NULL,
    setting_code text NOT NULL,
    setting_probability real NOT NULL,
    pipeline_version text NOT NULL
) ON COMMIT DROP
