-- Why: readers are told of a change by the chart that has a false-alarm rate, in place of comparing two intervals.
-- Undo: DROP TABLE release.alert.
CREATE TABLE release.alert (
    period_code text NOT NULL CHECK (period_code IN ('week', 'block')),
    period_start_date date NOT NULL,
    area_code text NOT NULL REFERENCES release.area CHECK (area_code ~ '^(GM[0-9]{4}|CR[0-9]{2}|PV-.+|NL)$'),
    series_code text NOT NULL CHECK (series_code IN ('level', 'arrivals', 'departures')),
    version_number integer NOT NULL,
    vintage_date date NOT NULL,
    status_code text NOT NULL CHECK (status_code IN ('no_demonstrable_change', 'higher', 'lower', 'not_comparable')),
    reason_code text NOT NULL,
    since_date date,
    false_alarm_count integer NOT NULL,
    PRIMARY KEY (period_code, period_start_date, area_code, series_code, version_number),
    CHECK ((period_code = 'week') = (series_code = 'level')),
    CHECK ((status_code = 'not_comparable') = (reason_code <> '')),
    CHECK ((status_code IN ('higher', 'lower')) = (since_date IS NOT NULL))
);
COMMENT ON TABLE release.alert IS
    'Whether the level of an area, or the flow into or out of it, demonstrably changed; only where the level is published.';
COMMENT ON COLUMN release.alert.period_code IS 'week (Monday), of a level | block (four Monday weeks), of flows.';
COMMENT ON COLUMN release.alert.period_start_date IS 'First day of the period.';
COMMENT ON COLUMN release.alert.area_code IS 'Area: a municipality or larger.';
COMMENT ON COLUMN release.alert.series_code IS 'level | arrivals (all flows into the area) | departures (all flows out of it).';
COMMENT ON COLUMN release.alert.version_number IS '1 when first released; corrections count up.';
COMMENT ON COLUMN release.alert.vintage_date IS 'Release in which this first appeared.';
COMMENT ON COLUMN release.alert.status_code IS
    'no_demonstrable_change ("geen aantoonbare verandering") | higher | lower | not_comparable.';
COMMENT ON COLUMN release.alert.reason_code IS 'Named reason where nothing was compared; empty otherwise.';
COMMENT ON COLUMN release.alert.since_date IS
    'First day of the period in which the change began, or the first after it of which the level was released; NULL without one.';
COMMENT ON COLUMN release.alert.false_alarm_count IS
    'In 180 days in which nothing changes, all watched series together raise at most so many alerts.';

CREATE TRIGGER frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON release.alert
FOR EACH STATEMENT EXECUTE FUNCTION release.frozen();
GRANT SELECT ON release.alert TO analist, handhaving, beleid, gemeente;
ALTER TABLE release.alert ENABLE ROW LEVEL SECURITY;
CREATE POLICY everything ON release.alert TO analist, handhaving, beleid, releaser USING (true) WITH CHECK (true);
CREATE POLICY own_area ON release.alert FOR SELECT TO gemeente
USING (area_code = ANY ((SELECT release.areas_in_sight())::text [])); -- the areas above its own included
