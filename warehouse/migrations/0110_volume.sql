-- Why: a figure keeps all it was made from and how much of its doubt other periods share; days are revised by the days after
-- them; each source, each step of the count, each share and each level over time has an estimate of its own (STATISTICS 2).
-- Undo: DROP the new tables and columns; est.pipeline_count can be made again from est.count_step.
ALTER TABLE est.volume
    ADD COLUMN common_variance_value double precision,
    ADD COLUMN specific_variance_value double precision;
COMMENT ON COLUMN est.volume.common_variance_value IS
    'Variance of the log of the figure that it shares with every period of its area: calibration, and what no model knows.';
COMMENT ON COLUMN est.volume.specific_variance_value IS
    'Variance of the log of the figure that is its own period''s: a change between two periods has this only.';
COMMENT ON COLUMN est.volume.overlap IS
    'Sufficient statistic: identities by the set of source groups that saw them, keys like "a+b"; of a day with fractions, '
    'for who is live is known with a chance.';
COMMENT ON COLUMN est.volume.identity_count IS 'Identities seen; of a day, those more likely live than not.';
COMMENT ON COLUMN est.volume.completeness_share IS
    'Mean completeness of the crawls of the period, 0 to 1, sources weighed by what is live on them.';
COMMENT ON COLUMN est.volume.models IS
    'Record: models with terms, heterogeneity, n, se, deviance, df, aic, weight, exists; delta, kappa, ghosts and ages of audits.';

CREATE TABLE est.vintage (
    vintage_date date PRIMARY KEY,
    inputs jsonb NOT NULL,
    estimator_version text NOT NULL,
    seed bigint NOT NULL
);
COMMENT ON TABLE est.vintage IS 'What all figures of a vintage share: with est.volume.overlap enough to make them again.';
COMMENT ON COLUMN est.vintage.vintage_date IS 'Last day of data used.';
COMMENT ON COLUMN est.vintage.inputs IS 'Groups, persistence, completeness, audits, weights of sources, delta.';
COMMENT ON COLUMN est.vintage.estimator_version IS 'Version of the estimator.';
COMMENT ON COLUMN est.vintage.seed IS 'Seed of the draws.';

CREATE TABLE est.revision (
    vintage_date date NOT NULL,
    day_date date NOT NULL,
    area_code text NOT NULL,
    identity_count integer NOT NULL,
    point_count double precision,
    lower_count double precision,
    upper_count double precision,
    refusal_code text,
    PRIMARY KEY (vintage_date, day_date, area_code),
    CHECK (vintage_date - day_date BETWEEN 1 AND 7)
);
COMMENT ON TABLE est.revision IS
    'The last seven days as each later vintage sees them, smoothed; after seven days a day is not estimated again. What it '
    'was first is in est.volume, and only that is released.';
COMMENT ON COLUMN est.revision.vintage_date IS 'Last day of data used.';
COMMENT ON COLUMN est.revision.day_date IS 'Day that the figure is of.';
COMMENT ON COLUMN est.revision.area_code IS 'Municipality (GM), COROP region (CR), province (PV) or NL.';
COMMENT ON COLUMN est.revision.identity_count IS 'Identities more likely live than not.';
COMMENT ON COLUMN est.revision.point_count IS 'Median of the draws.';
COMMENT ON COLUMN est.revision.lower_count IS '2.5 % of the draws.';
COMMENT ON COLUMN est.revision.upper_count IS '97.5 % of the draws.';
COMMENT ON COLUMN est.revision.refusal_code IS 'Why there is no figure; NULL where there is one.';

CREATE TABLE est.source_day (
    vintage_date date NOT NULL,
    day_date date NOT NULL,
    source_code text NOT NULL,
    seen_count integer NOT NULL,
    point_count double precision NOT NULL,
    lower_count double precision NOT NULL,
    upper_count double precision NOT NULL,
    completeness_share double precision NOT NULL,
    PRIMARY KEY (vintage_date, day_date, source_code)
);
COMMENT ON TABLE est.source_day IS
    'Advertisements live on a source on a day: filtered on the last day, smoothed on the seven before it.';
COMMENT ON COLUMN est.source_day.vintage_date IS 'Last day of data used.';
COMMENT ON COLUMN est.source_day.day_date IS 'Day.';
COMMENT ON COLUMN est.source_day.source_code IS 'Source.';
COMMENT ON COLUMN est.source_day.seen_count IS 'Advertisements seen: beside the estimate, never in its place.';
COMMENT ON COLUMN est.source_day.point_count IS 'Advertisements live, those included that no crawl saw.';
COMMENT ON COLUMN est.source_day.lower_count IS '2.5 %.';
COMMENT ON COLUMN est.source_day.upper_count IS '97.5 %.';
COMMENT ON COLUMN est.source_day.completeness_share IS 'Completeness of the crawl, 0 to 1; 0 where there was none.';

CREATE TABLE est.count_step (
    vintage_date date NOT NULL,
    week_start_date date NOT NULL,
    area_code text NOT NULL,
    step_code text NOT NULL CHECK (step_code IN ('advertisements', 'distinct', 'identities', 'advertisers')),
    point_count double precision NOT NULL,
    lower_count double precision,
    upper_count double precision,
    deflator_value double precision,
    lower_deflator_value double precision,
    upper_deflator_value double precision,
    PRIMARY KEY (vintage_date, week_start_date, area_code, step_code)
);
COMMENT ON TABLE est.count_step IS
    'Four-step count of a week: advertisements seen, distinct texts, identities behind them, advertisers estimated.';
COMMENT ON COLUMN est.count_step.vintage_date IS 'Last day of data used.';
COMMENT ON COLUMN est.count_step.week_start_date IS 'Monday.';
COMMENT ON COLUMN est.count_step.area_code IS 'Area.';
COMMENT ON COLUMN est.count_step.step_code IS 'advertisements | distinct | identities | advertisers.';
COMMENT ON COLUMN est.count_step.point_count IS 'How many: counted, or for advertisers estimated.';
COMMENT ON COLUMN est.count_step.lower_count IS '2.5 %, of what is estimated.';
COMMENT ON COLUMN est.count_step.upper_count IS '97.5 %, of what is estimated.';
COMMENT ON COLUMN est.count_step.deflator_value IS 'This step as a part of the one before it; of advertisers it can be over 1.';
COMMENT ON COLUMN est.count_step.lower_deflator_value IS '2.5 % of it.';
COMMENT ON COLUMN est.count_step.upper_deflator_value IS '97.5 % of it.';
INSERT INTO est.count_step (vintage_date, week_start_date, area_code, step_code, point_count, deflator_value)
SELECT p.vintage_date, p.week_start_date, p.area_code, s.step_code, s.now_count, s.now_count / nullif(s.before_count, 0)
FROM est.pipeline_count AS p
CROSS JOIN LATERAL (
    VALUES
    ('advertisements', p.listing_count::double precision, NULL::double precision),
    ('distinct', p.distinct_listing_count, p.listing_count),
    ('identities', p.identity_count, p.distinct_listing_count)
) AS s (step_code, now_count, before_count);
DROP TABLE est.pipeline_count;

CREATE TABLE est.share (
    vintage_date date NOT NULL,
    block_start_date date NOT NULL,
    area_code text NOT NULL,
    kind_code text NOT NULL CHECK (kind_code IN ('setting', 'language')),
    label_code text NOT NULL,
    identity_count integer NOT NULL,
    read_share double precision,
    point_share double precision,
    lower_share double precision,
    upper_share double precision,
    refusal_code text,
    PRIMARY KEY (vintage_date, block_start_date, area_code, kind_code, label_code)
);
COMMENT ON TABLE est.share IS
    'Shares of settings and of languages of advertisement text among identities, corrected for how texts are read; regions '
    'and larger, four weeks.';
COMMENT ON COLUMN est.share.vintage_date IS 'Last day of data used.';
COMMENT ON COLUMN est.share.block_start_date IS 'Monday on which the block of four weeks starts.';
COMMENT ON COLUMN est.share.area_code IS 'Region (COROP) or larger.';
COMMENT ON COLUMN est.share.kind_code IS 'setting | language.';
COMMENT ON COLUMN est.share.label_code IS 'Setting, or ISO 639-1; all where the shares are refused.';
COMMENT ON COLUMN est.share.identity_count IS 'Identities seen in the block, those included that told nothing.';
COMMENT ON COLUMN est.share.read_share IS 'Share as read, of all identities seen: beside the estimate, never in its place.';
COMMENT ON COLUMN est.share.point_share IS 'Share, corrected.';
COMMENT ON COLUMN est.share.lower_share IS '2.5 %.';
COMMENT ON COLUMN est.share.upper_share IS '97.5 %.';
COMMENT ON COLUMN est.share.refusal_code IS 'Why there are no shares; NULL where there are.';

CREATE TABLE est.hidden (
    vintage_date date NOT NULL,
    week_start_date date NOT NULL,
    group_code text NOT NULL,
    true_count integer NOT NULL,
    point_count double precision,
    lower_count double precision,
    upper_count double precision,
    delta_value double precision NOT NULL,
    needed_delta_value double precision,
    refusal_code text,
    PRIMARY KEY (vintage_date, week_start_date, group_code)
);
COMMENT ON TABLE est.hidden IS
    'Each week''s check on own data: what the other source groups say of how many are on one of them, in the country.';
COMMENT ON COLUMN est.hidden.vintage_date IS 'Last day of data used.';
COMMENT ON COLUMN est.hidden.week_start_date IS 'Monday.';
COMMENT ON COLUMN est.hidden.group_code IS 'Source group that was hidden.';
COMMENT ON COLUMN est.hidden.true_count IS 'Identities on it.';
COMMENT ON COLUMN est.hidden.point_count IS 'What the others say.';
COMMENT ON COLUMN est.hidden.lower_count IS '2.5 %.';
COMMENT ON COLUMN est.hidden.upper_count IS '97.5 %.';
COMMENT ON COLUMN est.hidden.delta_value IS 'Delta in force: standard deviation on the log of the unseen.';
COMMENT ON COLUMN est.hidden.needed_delta_value IS 'Smallest delta with which the interval holds the truth; Infinity: none does.';
COMMENT ON COLUMN est.hidden.refusal_code IS 'Why the others say nothing; NULL where they do.';

CREATE TABLE est.trend (
    vintage_date date NOT NULL,
    period_code text NOT NULL CHECK (period_code IN ('day', 'week')),
    period_start_date date NOT NULL,
    area_code text NOT NULL,
    setting_code text NOT NULL,
    level_count double precision,
    lower_count double precision,
    upper_count double precision,
    change_value double precision,
    lower_change_value double precision,
    upper_change_value double precision,
    is_demonstrable boolean NOT NULL,
    matched_index_value double precision,
    is_break boolean NOT NULL,
    refusal_code text,
    PRIMARY KEY (vintage_date, period_code, period_start_date, area_code, setting_code)
);
COMMENT ON TABLE est.trend IS
    'Level over time as the last vintage sees it, and change against the period before, which what is common to both leaves alone.';
COMMENT ON COLUMN est.trend.vintage_date IS 'Last day of data used.';
COMMENT ON COLUMN est.trend.period_code IS 'day | week (Monday).';
COMMENT ON COLUMN est.trend.period_start_date IS 'First day of the period.';
COMMENT ON COLUMN est.trend.area_code IS 'Area.';
COMMENT ON COLUMN est.trend.setting_code IS 'all, or one setting.';
COMMENT ON COLUMN est.trend.level_count IS 'Smoothed level, in advertisers.';
COMMENT ON COLUMN est.trend.lower_count IS '2.5 %, all doubt included.';
COMMENT ON COLUMN est.trend.upper_count IS '97.5 %, all doubt included.';
COMMENT ON COLUMN est.trend.change_value IS 'Level as a part of that of the period before: 1 is no change.';
COMMENT ON COLUMN est.trend.lower_change_value IS '2.5 %, of what is the periods'' own.';
COMMENT ON COLUMN est.trend.upper_change_value IS '97.5 %, of what is the periods'' own.';
COMMENT ON COLUMN est.trend.is_demonstrable IS 'Whether the interval of the change leaves out 1.';
COMMENT ON COLUMN est.trend.matched_index_value IS
    'Matched-source index: identities seen by the source groups that both periods have, chained; 1 in the first period.';
COMMENT ON COLUMN est.trend.is_break IS 'Whether other source groups were there than in the period before.';
COMMENT ON COLUMN est.trend.refusal_code IS 'Why there is no change, e.g. source_break; NULL where there is one.';

-- What no release is made from, the releaser does not see.
REVOKE ALL ON est.vintage, est.revision, est.source_day, est.count_step, est.share, est.hidden, est.trend FROM releaser;
