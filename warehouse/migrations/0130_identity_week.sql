-- Why: open data is made once a year, rows about single advertisements are kept for 26 weeks at most (PRIVACY P7): what open
-- data needs of a week is kept as counts, in which each identity counts once (docs/open-data.md). Undo: DROP TABLE.
CREATE TABLE est.identity_week (
    vintage_date date NOT NULL,
    week_start_date date NOT NULL CHECK (extract(isodow FROM week_start_date) = 1),
    area_code text NOT NULL,
    setting_code text NOT NULL CHECK (setting_code IN ('home', 'club', 'escort', 'other')),
    identity_count integer NOT NULL CHECK (identity_count >= 0),
    estimator_version text NOT NULL,
    PRIMARY KEY (week_start_date, area_code, setting_code),
    CHECK (vintage_date = week_start_date + 6)
);
COMMENT ON TABLE est.identity_week IS
    'Sufficient statistic of open data: identities seen in a week, each in one municipality and one setting only. A week that '
    'was counted has a row for every municipality and setting, zeros included.';
COMMENT ON COLUMN est.identity_week.vintage_date IS 'Last day of data used: the Sunday of the week.';
COMMENT ON COLUMN est.identity_week.week_start_date IS 'Monday.';
COMMENT ON COLUMN est.identity_week.area_code IS 'Municipality: of those in which the identity advertised, the one with most days of advertisements.';
COMMENT ON COLUMN est.identity_week.setting_code IS 'home | club | escort | other (another setting, or not told).';
COMMENT ON COLUMN est.identity_week.identity_count IS 'Identities.';
COMMENT ON COLUMN est.identity_week.estimator_version IS 'Version of the estimator.';
CREATE INDEX identity_week_vintage ON est.identity_week (vintage_date);
