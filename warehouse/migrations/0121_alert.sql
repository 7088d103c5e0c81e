-- Why: whether a watched series changed is told each week and block by a chart with a stated false-alarm rate, and is kept:
-- after an alert the next baseline starts there (STATISTICS 2F, 3). Undo: DROP TABLE est.alert.
CREATE TABLE est.alert (
    vintage_date date NOT NULL,
    period_code text NOT NULL CHECK (period_code IN ('week', 'block')),
    period_start_date date NOT NULL,
    area_code text NOT NULL CHECK (area_code ~ '^(GM[0-9]{4}|CR[0-9]{2}|PV-.+|NL)$'),
    series_code text NOT NULL CHECK (series_code IN ('level', 'arrivals', 'departures')),
    status_code text NOT NULL CHECK (status_code IN ('no_demonstrable_change', 'higher', 'lower', 'not_comparable')),
    reason_code text,
    since_date date,
    statistic_value double precision,
    threshold_value double precision NOT NULL,
    baseline_count integer NOT NULL,
    false_alarm_value double precision NOT NULL,
    PRIMARY KEY (vintage_date, period_code, period_start_date, area_code, series_code),
    CHECK ((period_code = 'week') = (series_code = 'level')),
    CHECK ((status_code = 'not_comparable') = (reason_code IS NOT NULL)),
    CHECK ((status_code IN ('higher', 'lower')) = (since_date IS NOT NULL))
);
COMMENT ON TABLE est.alert IS
    'Whether a watched series demonstrably changed. Never of anything smaller than a municipality (PRIVACY P13).';
COMMENT ON COLUMN est.alert.vintage_date IS 'Last day of data used: the last of the period.';
COMMENT ON COLUMN est.alert.period_code IS 'week (Monday), of a level | block (four Monday weeks), of flows.';
COMMENT ON COLUMN est.alert.period_start_date IS 'First day of the period.';
COMMENT ON COLUMN est.alert.area_code IS 'Municipality (GM), COROP region (CR), province (PV) or NL.';
COMMENT ON COLUMN est.alert.series_code IS 'level | arrivals (all flows into the area) | departures (all flows out of it).';
COMMENT ON COLUMN est.alert.status_code IS 'no_demonstrable_change | higher | lower | not_comparable.';
COMMENT ON COLUMN est.alert.reason_code IS 'Why nothing was compared; NULL where it was.';
COMMENT ON COLUMN est.alert.since_date IS 'First day of the period in which the change began; NULL without one.';
COMMENT ON COLUMN est.alert.statistic_value IS 'Step against the level before, in standard errors; NULL where nothing was compared.';
COMMENT ON COLUMN est.alert.threshold_value IS 'What it had to exceed, either way.';
COMMENT ON COLUMN est.alert.baseline_count IS 'Periods of the level before that were seen.';
COMMENT ON COLUMN est.alert.false_alarm_value IS
    'False alarms in 180 days of all watched series together, as simulated where nothing changes: at most so many.';
