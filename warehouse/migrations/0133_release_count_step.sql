-- Why: how many advertisements, texts and identities stand behind an estimate is told beside it (STATISTICS 2), by week, for regions
-- and the country. One identity can hold many advertisements, so that a count is blurred by the most that one holds; of rows from
-- before that is not known, and they are not printed.
-- Undo: DROP TABLE release.count_step; REVOKE SELECT ON est.count_step FROM releaser; ALTER TABLE est.count_step
-- DROP COLUMN largest_count.
ALTER TABLE est.count_step ADD COLUMN largest_count integer;
COMMENT ON COLUMN est.count_step.largest_count IS
    'Most of what is counted that one identity holds; NULL of what is estimated. For protection only, never a figure.';
GRANT SELECT ON est.count_step TO releaser;

CREATE TABLE release.count_step (
    week_start_date date NOT NULL CHECK (extract(isodow FROM week_start_date) = 1),
    area_code text NOT NULL REFERENCES release.area CHECK (area_code ~ '^(CR[0-9]{2}|NL)$'),
    step_code text NOT NULL CHECK (step_code IN ('advertisements', 'distinct', 'identities', 'advertisers')),
    version_number integer NOT NULL,
    vintage_date date NOT NULL,
    status_code text NOT NULL CHECK (status_code IN ('published', 'below_threshold', 'withheld', 'unreliable')),
    reason_code text NOT NULL,
    step_count integer CHECK (step_count >= 10),
    lower_count integer,
    upper_count integer,
    rounding_count integer CHECK (rounding_count % 5 = 0),
    deflator_value double precision CHECK (deflator_value > 0),
    lower_deflator_value double precision CHECK (lower_deflator_value >= 0),
    upper_deflator_value double precision,
    PRIMARY KEY (week_start_date, area_code, step_code, version_number),
    CHECK ((status_code = 'published') = (step_count IS NOT NULL)),
    CHECK ((step_count IS NULL) = (rounding_count IS NULL)),
    CHECK (step_count % rounding_count = 0 AND lower_count % rounding_count = 0 AND upper_count % rounding_count = 0)
);
COMMENT ON TABLE release.count_step IS
    'From advertisements to advertisers in four steps, by week, of regions and the country, each with what it keeps of the one before.';
COMMENT ON COLUMN release.count_step.week_start_date IS 'Monday.';
COMMENT ON COLUMN release.count_step.area_code IS 'Region (COROP) or NL.';
COMMENT ON COLUMN release.count_step.step_code IS
    'advertisements seen | distinct texts among them | identities that they belong to | advertisers, estimated, as in release.volume.';
COMMENT ON COLUMN release.count_step.version_number IS '1 when first released; corrections count up.';
COMMENT ON COLUMN release.count_step.vintage_date IS 'Release in which this figure first appeared.';
COMMENT ON COLUMN release.count_step.status_code IS 'As in release.volume.';
COMMENT ON COLUMN release.count_step.reason_code IS 'Named reason where not published; empty otherwise.';
COMMENT ON COLUMN release.count_step.step_count IS 'Protected count, a multiple of rounding_count.';
COMMENT ON COLUMN release.count_step.lower_count IS 'Lower end of the 95 % interval: of advertisers, else of what noise and rounding blur.';
COMMENT ON COLUMN release.count_step.upper_count IS 'Upper end of the 95 % interval.';
COMMENT ON COLUMN release.count_step.rounding_count IS
    'What the count is rounded to: 5 times the step of 1, 5, 20, 100 ... that holds all that any one identity has.';
COMMENT ON COLUMN release.count_step.deflator_value IS
    'This step as a part of the one before it, both as printed, rounded to 0.01; of advertisers it can be over 1; NULL of the first.';
COMMENT ON COLUMN release.count_step.lower_deflator_value IS 'Lower end of its 95 % interval, noise and rounding included.';
COMMENT ON COLUMN release.count_step.upper_deflator_value IS 'Upper end of its 95 % interval, noise and rounding included.';

CREATE TRIGGER frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON release.count_step
FOR EACH STATEMENT EXECUTE FUNCTION release.frozen();
GRANT SELECT ON release.count_step TO analist, handhaving, beleid, gemeente;
ALTER TABLE release.count_step ENABLE ROW LEVEL SECURITY;
CREATE POLICY everything ON release.count_step TO analist, handhaving, beleid, releaser USING (true) WITH CHECK (true);
CREATE POLICY own_area ON release.count_step FOR SELECT TO gemeente
USING (area_code = ANY ((SELECT release.areas_in_sight())::text []));
