-- Why: how long people stay and how they move on is released by the quarter; thresholds and noise need to know who stands behind
-- such a figure (PRIVACY P9, P10). Rows from before have no cell number, so that none of them is printed.
-- Undo: DROP TABLE release.stay; REVOKE SELECT ON est.movement_figure FROM releaser; ALTER TABLE est.movement_figure
-- DROP COLUMN cell_number, DROP COLUMN part_count, DROP COLUMN part_cell_number.
ALTER TABLE est.movement_figure
    ADD COLUMN cell_number bigint NOT NULL DEFAULT 0,
    ADD COLUMN part_count integer,
    ADD COLUMN part_cell_number bigint;
COMMENT ON COLUMN est.movement_figure.identity_count IS
    'Identities seen in what it is of: of a share its whole (those present, who left, who arrived), of stays whoever was seen to come; of arrival_share and departure_share those of the part. For thresholds only, never a figure.';
COMMENT ON COLUMN est.movement_figure.cell_number IS
    'What the noise of the whole is drawn by: a hash of the sum of the record numbers of its identities; 0 under ten of them.';
COMMENT ON COLUMN est.movement_figure.part_count IS
    'Identities that a share counts, as plainly seen; NULL of stays. For thresholds only, never a figure.';
COMMENT ON COLUMN est.movement_figure.part_cell_number IS 'As cell_number, of the part.';
GRANT SELECT ON est.movement_figure TO releaser;

CREATE TABLE release.stay (
    quarter_start_date date NOT NULL CHECK (
        extract(day FROM quarter_start_date) = 1 AND extract(month FROM quarter_start_date) IN (1, 4, 7, 10)
    ),
    area_code text NOT NULL REFERENCES release.area,
    figure_code text NOT NULL,
    version_number integer NOT NULL,
    vintage_date date NOT NULL,
    status_code text NOT NULL CHECK (status_code IN ('published', 'withheld', 'unreliable')),
    reason_code text NOT NULL,
    advertiser_share double precision CHECK (advertiser_share > 0 AND advertiser_share < 1),
    lower_share double precision CHECK (lower_share > 0 AND lower_share < 1),
    upper_share double precision CHECK (upper_share > 0 AND upper_share < 1),
    part_count integer CHECK (part_count >= 10 AND part_count % 5 = 0),
    whole_count integer CHECK (whole_count >= 20 AND whole_count % 5 = 0),
    stay_count integer CHECK (stay_count > 0),
    lower_count integer CHECK (lower_count >= 0),
    upper_count integer,
    PRIMARY KEY (quarter_start_date, area_code, figure_code, version_number),
    CHECK ((status_code = 'published') = (advertiser_share IS NOT NULL OR stay_count IS NOT NULL)),
    CHECK ((advertiser_share IS NULL) = (part_count IS NULL) AND (part_count IS NULL) = (whole_count IS NULL)),
    CHECK (figure_code NOT LIKE '%\_days' OR (stay_count % 5 = 0 AND lower_count % 5 = 0 AND upper_count % 5 = 0))
);
COMMENT ON TABLE release.stay IS
    'How long advertisers stay and how they move on, told once a quarter, by the last block of four weeks that ends in it.';
COMMENT ON COLUMN release.stay.quarter_start_date IS 'First day of the calendar quarter.';
COMMENT ON COLUMN release.stay.area_code IS 'Municipality, region, country, state of movement, or ALLX for all that is monitored.';
COMMENT ON COLUMN release.stay.figure_code IS
    'carousel_share: in 3 municipalities or more within 8 weeks | one_place_share: in one | return_share: of those who leave for another area, back within 8 weeks | new_to_region_share: of arrivals, not there before in the weeks looked at | dwell_lower_quartile, dwell_median, dwell_upper_quartile of stays, in _weeks or _days.';
COMMENT ON COLUMN release.stay.version_number IS '1 when first released; corrections count up.';
COMMENT ON COLUMN release.stay.vintage_date IS 'Release in which this figure first appeared; the last of the weeks looked at ends on it.';
COMMENT ON COLUMN release.stay.status_code IS 'published | withheld (too few, or protection) | unreliable ("geen betrouwbaar cijfer").';
COMMENT ON COLUMN release.stay.reason_code IS 'Named reason where not published; empty otherwise.';
COMMENT ON COLUMN release.stay.advertiser_share IS 'part_count / whole_count, rounded to 0.01; NULL of stays.';
COMMENT ON COLUMN release.stay.lower_share IS 'Lower end of the 95 % interval, noise and rounding included.';
COMMENT ON COLUMN release.stay.upper_share IS 'Upper end of the 95 % interval, noise and rounding included.';
COMMENT ON COLUMN release.stay.part_count IS 'Of the identities of the whole, how many by the estimated share; protected, rounded to 5.';
COMMENT ON COLUMN release.stay.whole_count IS 'Identities seen that the share is of; protected, rounded to 5.';
COMMENT ON COLUMN release.stay.stay_count IS 'Length of stays: weeks, or days rounded to 5, as figure_code says; NULL of shares.';
COMMENT ON COLUMN release.stay.lower_count IS 'Lower end of the 95 % interval of the length, rounded down, noise included.';
COMMENT ON COLUMN release.stay.upper_count IS 'Upper end of the 95 % interval of the length, rounded up, noise included.';

CREATE TRIGGER frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON release.stay
FOR EACH STATEMENT EXECUTE FUNCTION release.frozen();
GRANT SELECT ON release.stay TO analist, handhaving, beleid, gemeente;
ALTER TABLE release.stay ENABLE ROW LEVEL SECURITY;
CREATE POLICY everything ON release.stay TO analist, handhaving, beleid, releaser USING (true) WITH CHECK (true);
CREATE POLICY own_area ON release.stay FOR SELECT TO gemeente
USING (area_code = ANY ((SELECT release.areas_in_sight())::text []));
