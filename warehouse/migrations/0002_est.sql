-- Why: estimates with their inputs and models, before protection. Undo: DROP SCHEMA est CASCADE.
CREATE SCHEMA est;
COMMENT ON SCHEMA est IS 'Unprotected estimates and the sufficient statistics they came from. Never readable by readers of figures.';

CREATE TABLE est.volume (
    vintage_date date NOT NULL,
    period_code text NOT NULL CHECK (period_code IN ('day', 'week', 'block')),
    period_start_date date NOT NULL,
    area_code text NOT NULL,
    setting_code text NOT NULL CHECK (setting_code IN ('all', 'home', 'club', 'escort', 'other', 'unknown')),
    overlap jsonb NOT NULL,
    identity_count integer NOT NULL,
    largest_share double precision NOT NULL,
    floor_count double precision,
    point_count double precision,
    lower_count double precision,
    upper_count double precision,
    coverage_share double precision,
    source_group_count integer NOT NULL,
    completeness_share double precision NOT NULL,
    refusal_code text,
    warnings text[] NOT NULL,
    models jsonb NOT NULL,
    cell_number bigint NOT NULL,
    estimator_version text NOT NULL,
    seed bigint NOT NULL,
    PRIMARY KEY (vintage_date, period_code, period_start_date, area_code, setting_code)
);
COMMENT ON TABLE est.volume IS 'Advertisers that can be seen on at least one monitored source, by period, area and setting.';
COMMENT ON COLUMN est.volume.vintage_date IS 'Last day of data used.';
COMMENT ON COLUMN est.volume.period_code IS 'day | week (Monday) | block (four Monday weeks).';
COMMENT ON COLUMN est.volume.period_start_date IS 'First day of the period.';
COMMENT ON COLUMN est.volume.area_code IS 'Municipality (GM), COROP region (CR), province (PV) or NL.';
COMMENT ON COLUMN est.volume.setting_code IS 'all, or one setting.';
COMMENT ON COLUMN est.volume.overlap IS 'Sufficient statistic: identities by the set of source groups that saw them, keys like "a+b".';
COMMENT ON COLUMN est.volume.identity_count IS 'Identities seen: the sum of overlap.';
COMMENT ON COLUMN est.volume.largest_share IS 'Share of the cell''s listings that one identity holds, 0 to 1 (dominance).';
COMMENT ON COLUMN est.volume.floor_count IS 'Lower bound estimate (Chao).';
COMMENT ON COLUMN est.volume.point_count IS 'Median of the draws.';
COMMENT ON COLUMN est.volume.lower_count IS '2.5 % of the draws.';
COMMENT ON COLUMN est.volume.upper_count IS '97.5 % of the draws.';
COMMENT ON COLUMN est.volume.coverage_share IS 'Good-Turing sample coverage, 0 to 1.';
COMMENT ON COLUMN est.volume.source_group_count IS 'Source groups that saw anything.';
COMMENT ON COLUMN est.volume.completeness_share IS 'Mean completeness of the crawls of the period, 0 to 1.';
COMMENT ON COLUMN est.volume.refusal_code IS 'Why there is no figure; NULL where there is one.';
COMMENT ON COLUMN est.volume.warnings IS 'Named warnings, e.g. not_calibrated, two_sources.';
COMMENT ON COLUMN est.volume.models IS 'Model record: terms, heterogeneity, n, se, deviance, df, aic, weight, exists; delta, kappa, ghosts.';
COMMENT ON COLUMN est.volume.cell_number IS 'Sum modulo 2^63 of the record numbers of the identities in the cell.';
COMMENT ON COLUMN est.volume.estimator_version IS 'Version of the estimator.';
COMMENT ON COLUMN est.volume.seed IS 'Seed of the draws.';

CREATE TABLE est.movement (
    vintage_date date NOT NULL,
    block_start_date date NOT NULL,
    origin_code text NOT NULL,
    destination_code text NOT NULL,
    identity_count integer NOT NULL,
    point_count double precision,
    lower_count double precision,
    upper_count double precision,
    refusal_code text,
    warnings text[] NOT NULL,
    cell_number bigint NOT NULL,
    models jsonb NOT NULL,
    estimator_version text NOT NULL,
    seed bigint NOT NULL,
    PRIMARY KEY (vintage_date, block_start_date, origin_code, destination_code)
);
COMMENT ON TABLE est.movement IS 'Moves of advertisers between areas within four Monday weeks, corrected for detection.';
COMMENT ON COLUMN est.movement.vintage_date IS 'Last day of data used.';
COMMENT ON COLUMN est.movement.block_start_date IS 'Monday on which the block of four weeks starts.';
COMMENT ON COLUMN est.movement.origin_code IS 'Area moved from; NEW for arrivals from outside what is monitored.';
COMMENT ON COLUMN est.movement.destination_code IS 'Area moved to; EXIT for those who stop or leave what is monitored.';
COMMENT ON COLUMN est.movement.identity_count IS 'Identities with an observed change of this kind: for thresholds only, never a figure.';
COMMENT ON COLUMN est.movement.point_count IS 'Moves, median.';
COMMENT ON COLUMN est.movement.lower_count IS '2.5 %.';
COMMENT ON COLUMN est.movement.upper_count IS '97.5 %.';
COMMENT ON COLUMN est.movement.refusal_code IS 'Why there is no figure; NULL where there is one.';
COMMENT ON COLUMN est.movement.warnings IS 'Named warnings.';
COMMENT ON COLUMN est.movement.cell_number IS 'Sum modulo 2^63 of the record numbers of the identities in the cell.';
COMMENT ON COLUMN est.movement.models IS 'Model record of the multistate fit.';
COMMENT ON COLUMN est.movement.estimator_version IS 'Version of the estimator.';
COMMENT ON COLUMN est.movement.seed IS 'Seed of the draws.';

CREATE TABLE est.language (
    vintage_date date NOT NULL,
    block_start_date date NOT NULL,
    area_code text NOT NULL,
    language_code text NOT NULL,
    identity_count integer NOT NULL,
    largest_share double precision NOT NULL,
    cell_number bigint NOT NULL,
    PRIMARY KEY (vintage_date, block_start_date, area_code, language_code)
);
COMMENT ON TABLE est.language IS 'Identities by main language of the advertisement text, regions and four-week blocks only.';
COMMENT ON COLUMN est.language.vintage_date IS 'Last day of data used.';
COMMENT ON COLUMN est.language.block_start_date IS 'Monday on which the block of four weeks starts.';
COMMENT ON COLUMN est.language.area_code IS 'Region (COROP) or larger.';
COMMENT ON COLUMN est.language.language_code IS 'ISO 639-1, or und where not told.';
COMMENT ON COLUMN est.language.identity_count IS 'Identities seen in the block.';
COMMENT ON COLUMN est.language.largest_share IS 'Share of the cell''s listings that one identity holds, 0 to 1.';
COMMENT ON COLUMN est.language.cell_number IS 'Sum modulo 2^63 of the record numbers of the identities in the cell.';

CREATE TABLE est.pipeline_count (
    vintage_date date NOT NULL,
    week_start_date date NOT NULL,
    area_code text NOT NULL,
    listing_count integer NOT NULL,
    distinct_listing_count integer NOT NULL,
    identity_count integer NOT NULL,
    PRIMARY KEY (vintage_date, week_start_date, area_code)
);
COMMENT ON TABLE est.pipeline_count IS 'Four-step count without its last step (est.volume): advertisements, distinct advertisements, identities.';
COMMENT ON COLUMN est.pipeline_count.vintage_date IS 'Last day of data used.';
COMMENT ON COLUMN est.pipeline_count.week_start_date IS 'Monday.';
COMMENT ON COLUMN est.pipeline_count.area_code IS 'Area.';
COMMENT ON COLUMN est.pipeline_count.listing_count IS 'Listings seen.';
COMMENT ON COLUMN est.pipeline_count.distinct_listing_count IS 'Distinct texts among them.';
COMMENT ON COLUMN est.pipeline_count.identity_count IS 'Identities behind them.';
