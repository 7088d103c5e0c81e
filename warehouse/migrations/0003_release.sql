-- Why: the only thing readers see: protected, frozen, versioned figures (PRIVACY P9-P12). Undo: DROP SCHEMA release CASCADE.
CREATE SCHEMA release;
COMMENT ON SCHEMA release IS 'Protected figures, frozen once released. The only schema that readers see.';

CREATE TABLE release.area (
    area_code text PRIMARY KEY,
    area_name text NOT NULL,
    level_code text NOT NULL CHECK (level_code IN ('municipality', 'corop', 'province', 'country', 'state')),
    parent_code text,
    population_count integer,
    latitude double precision,
    longitude double precision
);
COMMENT ON TABLE release.area IS 'Areas for which figures exist. Facts from CBS/Kadaster and GeoNames (CC BY 4.0).';
COMMENT ON COLUMN release.area.area_code IS 'GM0153, CR12, PV-Overijssel, NL, DE; states of movement such as CR12X (rest of Twente), NLX (rest of the Netherlands).';
COMMENT ON COLUMN release.area.area_name IS 'Dutch name.';
COMMENT ON COLUMN release.area.level_code IS 'municipality | corop | province | country | state (rest areas used for movement).';
COMMENT ON COLUMN release.area.parent_code IS 'Area that holds this one.';
COMMENT ON COLUMN release.area.population_count IS 'Inhabitants, 2024.';
COMMENT ON COLUMN release.area.latitude IS 'Centre of the area, degrees north; municipalities only.';
COMMENT ON COLUMN release.area.longitude IS 'Centre of the area, degrees east; municipalities only.';

CREATE TABLE release.edition (
    vintage_date date NOT NULL,
    version_number integer NOT NULL,
    kind_code text NOT NULL CHECK (kind_code IN ('daily', 'custom')),
    ruleset_version text NOT NULL,
    estimator_version text NOT NULL,
    inputs_digest text NOT NULL,
    figures_digest text NOT NULL,
    previous_digest text NOT NULL,
    entry_digest text NOT NULL,
    attacks jsonb NOT NULL,
    request jsonb NOT NULL,
    PRIMARY KEY (vintage_date, kind_code, version_number)
);
COMMENT ON TABLE release.edition IS 'Ledger: every release and custom table, append-only, each entry chained to the one before.';
COMMENT ON COLUMN release.edition.vintage_date IS 'Last day of data in the release.';
COMMENT ON COLUMN release.edition.version_number IS '1 for the first; a correction is a new version. Custom tables count up within the day.';
COMMENT ON COLUMN release.edition.kind_code IS 'daily | custom.';
COMMENT ON COLUMN release.edition.ruleset_version IS 'Version of the protection rules.';
COMMENT ON COLUMN release.edition.estimator_version IS 'Version of the estimator.';
COMMENT ON COLUMN release.edition.inputs_digest IS 'SHA-256 of the estimates that went in.';
COMMENT ON COLUMN release.edition.figures_digest IS 'SHA-256 of the figures that came out.';
COMMENT ON COLUMN release.edition.previous_digest IS 'entry_digest of the entry before, or 64 zeros.';
COMMENT ON COLUMN release.edition.entry_digest IS 'SHA-256 over this entry and the one before.';
COMMENT ON COLUMN release.edition.attacks IS 'Result of each attack test that ran before publication.';
COMMENT ON COLUMN release.edition.request IS 'For custom tables: what was asked; {} otherwise.';

CREATE TABLE release.volume (
    period_code text NOT NULL CHECK (period_code IN ('day', 'week', 'block')),
    period_start_date date NOT NULL,
    area_code text NOT NULL REFERENCES release.area,
    setting_code text NOT NULL,
    version_number integer NOT NULL,
    vintage_date date NOT NULL,
    status_code text NOT NULL CHECK (status_code IN ('published', 'below_threshold', 'withheld', 'unreliable')),
    reason_code text NOT NULL,
    advertiser_count integer CHECK (advertiser_count % 5 = 0),
    floor_count integer CHECK (floor_count % 5 = 0),
    lower_count integer CHECK (lower_count % 5 = 0),
    upper_count integer CHECK (upper_count % 5 = 0),
    coverage_share double precision,
    source_group_count integer NOT NULL,
    completeness_share double precision NOT NULL,
    warnings text[] NOT NULL,
    PRIMARY KEY (period_code, period_start_date, area_code, setting_code, version_number),
    CHECK ((status_code = 'published') = (advertiser_count IS NOT NULL))
);
COMMENT ON TABLE release.volume IS 'Estimated advertisers that can be seen on at least one monitored source.';
COMMENT ON COLUMN release.volume.period_code IS 'day | week (Monday) | block (four Monday weeks).';
COMMENT ON COLUMN release.volume.period_start_date IS 'First day of the period.';
COMMENT ON COLUMN release.volume.area_code IS 'Area.';
COMMENT ON COLUMN release.volume.setting_code IS 'all | home | club | escort. Days carry all only.';
COMMENT ON COLUMN release.volume.version_number IS '1 when first released; corrections count up.';
COMMENT ON COLUMN release.volume.vintage_date IS 'Release in which this figure first appeared.';
COMMENT ON COLUMN release.volume.status_code IS 'published | below_threshold ("minder dan 10") | withheld (protection) | unreliable ("geen betrouwbaar cijfer").';
COMMENT ON COLUMN release.volume.reason_code IS 'Named reason where not published; empty otherwise.';
COMMENT ON COLUMN release.volume.advertiser_count IS 'Protected estimate, rounded to 5; NULL where not published.';
COMMENT ON COLUMN release.volume.floor_count IS 'Protected lower bound (Chao), rounded down to 5.';
COMMENT ON COLUMN release.volume.lower_count IS 'Lower end of the 95 % interval, rounded down to 5.';
COMMENT ON COLUMN release.volume.upper_count IS 'Upper end of the 95 % interval, rounded up to 5.';
COMMENT ON COLUMN release.volume.coverage_share IS 'Sample coverage, 0 to 1, rounded to 0.1.';
COMMENT ON COLUMN release.volume.source_group_count IS 'Source groups used.';
COMMENT ON COLUMN release.volume.completeness_share IS 'Mean completeness of the crawls, 0 to 1, rounded to 0.01.';
COMMENT ON COLUMN release.volume.warnings IS 'Named warnings, e.g. not_calibrated.';

CREATE TABLE release.setting_share (
    block_start_date date NOT NULL,
    area_code text NOT NULL REFERENCES release.area,
    setting_code text NOT NULL,
    version_number integer NOT NULL,
    vintage_date date NOT NULL,
    status_code text NOT NULL CHECK (status_code IN ('published', 'below_threshold', 'withheld', 'unreliable')),
    reason_code text NOT NULL,
    advertiser_share double precision,
    lower_share double precision,
    upper_share double precision,
    PRIMARY KEY (block_start_date, area_code, setting_code, version_number)
);
COMMENT ON TABLE release.setting_share IS 'Share of home, club and escort among advertisers with a known setting, four-week blocks; from protected figures only.';
COMMENT ON COLUMN release.setting_share.block_start_date IS 'Monday on which the block of four weeks starts.';
COMMENT ON COLUMN release.setting_share.area_code IS 'Area.';
COMMENT ON COLUMN release.setting_share.setting_code IS 'home | club | escort.';
COMMENT ON COLUMN release.setting_share.version_number IS '1 when first released; corrections count up.';
COMMENT ON COLUMN release.setting_share.vintage_date IS 'Release in which this figure first appeared.';
COMMENT ON COLUMN release.setting_share.status_code IS 'As in release.volume.';
COMMENT ON COLUMN release.setting_share.reason_code IS 'Named reason where not published; empty otherwise.';
COMMENT ON COLUMN release.setting_share.advertiser_share IS 'Share, 0 to 1, rounded to 0.01.';
COMMENT ON COLUMN release.setting_share.lower_share IS 'Lower end of the 95 % interval.';
COMMENT ON COLUMN release.setting_share.upper_share IS 'Upper end of the 95 % interval.';

CREATE TABLE release.movement (
    block_start_date date NOT NULL,
    origin_code text NOT NULL REFERENCES release.area,
    destination_code text NOT NULL REFERENCES release.area,
    version_number integer NOT NULL,
    vintage_date date NOT NULL,
    status_code text NOT NULL CHECK (status_code IN ('published', 'below_threshold', 'withheld', 'unreliable')),
    reason_code text NOT NULL,
    move_count integer CHECK (move_count % 5 = 0),
    lower_count integer CHECK (lower_count % 5 = 0),
    upper_count integer CHECK (upper_count % 5 = 0),
    warnings text[] NOT NULL,
    PRIMARY KEY (block_start_date, origin_code, destination_code, version_number),
    CHECK ((status_code = 'published') = (move_count IS NOT NULL))
);
COMMENT ON TABLE release.movement IS 'Moves of advertisers between areas within four weeks, corrected for detection.';
COMMENT ON COLUMN release.movement.block_start_date IS 'Monday on which the block of four weeks starts.';
COMMENT ON COLUMN release.movement.origin_code IS 'Area moved from; NEW: from outside what is monitored.';
COMMENT ON COLUMN release.movement.destination_code IS 'Area moved to; EXIT: stopped or left what is monitored.';
COMMENT ON COLUMN release.movement.version_number IS '1 when first released; corrections count up.';
COMMENT ON COLUMN release.movement.vintage_date IS 'Release in which this figure first appeared.';
COMMENT ON COLUMN release.movement.status_code IS 'As in release.volume.';
COMMENT ON COLUMN release.movement.reason_code IS 'Named reason where not published; empty otherwise.';
COMMENT ON COLUMN release.movement.move_count IS 'Protected estimate, rounded to 5.';
COMMENT ON COLUMN release.movement.lower_count IS 'Lower end of the 95 % interval, rounded down to 5.';
COMMENT ON COLUMN release.movement.upper_count IS 'Upper end of the 95 % interval, rounded up to 5.';
COMMENT ON COLUMN release.movement.warnings IS 'Named warnings.';

CREATE TABLE release.language (
    block_start_date date NOT NULL,
    area_code text NOT NULL REFERENCES release.area,
    language_code text NOT NULL,
    version_number integer NOT NULL,
    vintage_date date NOT NULL,
    status_code text NOT NULL CHECK (status_code IN ('published', 'below_threshold', 'withheld', 'unreliable')),
    reason_code text NOT NULL,
    advertiser_count integer CHECK (advertiser_count % 5 = 0),
    PRIMARY KEY (block_start_date, area_code, language_code, version_number)
);
COMMENT ON TABLE release.language IS 'Advertisers seen, by language of the advertisement text ("taal van de advertentietekst"); regions and four-week blocks only.';
COMMENT ON COLUMN release.language.block_start_date IS 'Monday on which the block of four weeks starts.';
COMMENT ON COLUMN release.language.area_code IS 'Region or larger.';
COMMENT ON COLUMN release.language.language_code IS 'ISO 639-1; other: all that are not published; und: not told.';
COMMENT ON COLUMN release.language.version_number IS '1 when first released; corrections count up.';
COMMENT ON COLUMN release.language.vintage_date IS 'Release in which this figure first appeared.';
COMMENT ON COLUMN release.language.status_code IS 'As in release.volume.';
COMMENT ON COLUMN release.language.reason_code IS 'Named reason where not published; empty otherwise.';
COMMENT ON COLUMN release.language.advertiser_count IS 'Protected count of those seen, rounded to 5.';

CREATE TABLE release.quality_day (
    day_date date NOT NULL,
    source_code text NOT NULL,
    source_group_code text NOT NULL,
    version_number integer NOT NULL,
    vintage_date date NOT NULL,
    state_code text NOT NULL,
    reason_code text NOT NULL,
    completeness_share double precision NOT NULL,
    PRIMARY KEY (day_date, source_code, version_number)
);
COMMENT ON TABLE release.quality_day IS 'How well each source could be seen on each day.';
COMMENT ON COLUMN release.quality_day.day_date IS 'Local day.';
COMMENT ON COLUMN release.quality_day.source_code IS 'Source.';
COMMENT ON COLUMN release.quality_day.source_group_code IS 'Owner group.';
COMMENT ON COLUMN release.quality_day.version_number IS '1 when first released; corrections count up.';
COMMENT ON COLUMN release.quality_day.vintage_date IS 'Release in which this figure first appeared.';
COMMENT ON COLUMN release.quality_day.state_code IS 'ok | thin | blind | refused | changed | failed | missing.';
COMMENT ON COLUMN release.quality_day.reason_code IS 'Named reason where not ok; empty otherwise.';
COMMENT ON COLUMN release.quality_day.completeness_share IS 'Completeness q, 0 to 1, rounded to 0.01.';
