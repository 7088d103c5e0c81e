-- Why: open data under differential privacy, with a budget that the database itself keeps (PRIVACY P10, docs/open-data.md).
-- Undo: DROP TABLE release.open_figure, release.open_budget, release.open_week; DROP FUNCTION release.open_within_budget,
-- release.open_allowance; the check of release.edition.kind_code as in 0003.
ALTER TABLE release.edition DROP CONSTRAINT edition_kind_code_check;
ALTER TABLE release.edition ADD CONSTRAINT edition_kind_code_check
CHECK (kind_code IN ('daily', 'custom', 'open', 'audit'));
COMMENT ON COLUMN release.edition.kind_code IS
    'daily | custom (a table that was asked for) | open (open data of a year) | audit (attacks on all that was released).';
COMMENT ON COLUMN release.edition.request IS
    'For custom tables what was asked, for open data the year and the privacy budget that it took; {} otherwise.';

CREATE TABLE release.open_week (
    week_start_date date PRIMARY KEY CHECK (extract(isodow FROM week_start_date) = 1),
    vintage_date date NOT NULL,
    status_code text NOT NULL CHECK (status_code IN ('released', 'absent')),
    reason_code text NOT NULL,
    completeness_share double precision,
    CHECK ((status_code = 'absent') = (reason_code <> ''))
);
COMMENT ON TABLE release.open_week IS 'Open data: the weeks of a year, and why one has no figures. A week without figures is missing, not zero.';
COMMENT ON COLUMN release.open_week.week_start_date IS 'Monday.';
COMMENT ON COLUMN release.open_week.vintage_date IS 'Last day of the release: the last Sunday of the year''s weeks.';
COMMENT ON COLUMN release.open_week.status_code IS 'released | absent.';
COMMENT ON COLUMN release.open_week.reason_code IS
    'not_estimated | low_completeness (crawls failed) for a week without figures; empty otherwise.';
COMMENT ON COLUMN release.open_week.completeness_share IS
    'Mean completeness of the week''s crawls, 0 to 1, rounded to 0.01, from crawl logs only; NULL without crawls.';

CREATE TABLE release.open_budget (
    week_start_date date NOT NULL REFERENCES release.open_week,
    query_code text NOT NULL CHECK (query_code IN ('municipality', 'corop_setting', 'country_setting')),
    vintage_date date NOT NULL,
    rho_value double precision NOT NULL CHECK (rho_value > 0),
    sigma_value double precision NOT NULL CHECK (sigma_value > 0),
    printed_from_count integer NOT NULL CHECK (printed_from_count >= 10),
    PRIMARY KEY (week_start_date, query_code)
);
COMMENT ON TABLE release.open_budget IS
    'Open data: the privacy budget (rho of zero-concentrated differential privacy) that each table of each week took. The '
    'database refuses what goes past the allowance of a week (0.1 at most) or of a year (5.2).';
COMMENT ON COLUMN release.open_budget.week_start_date IS 'Monday.';
COMMENT ON COLUMN release.open_budget.query_code IS 'municipality | corop_setting | country_setting.';
COMMENT ON COLUMN release.open_budget.vintage_date IS 'Last day of the release: the last Sunday of the year''s weeks.';
COMMENT ON COLUMN release.open_budget.rho_value IS 'Budget spent on this table.';
COMMENT ON COLUMN release.open_budget.sigma_value IS 'Standard deviation of the noise in this table, in advertisers.';
COMMENT ON COLUMN release.open_budget.printed_from_count IS 'Smallest figure that is printed; what is smaller has a label.';

CREATE TABLE release.open_figure (
    week_start_date date NOT NULL,
    query_code text NOT NULL,
    area_code text NOT NULL REFERENCES release.area,
    setting_code text NOT NULL CHECK (setting_code IN ('all', 'home', 'club', 'escort', 'other')),
    vintage_date date NOT NULL,
    status_code text NOT NULL CHECK (status_code IN ('published', 'below_threshold')),
    identity_count integer CHECK (identity_count >= 10),
    sigma_value double precision NOT NULL,
    PRIMARY KEY (week_start_date, query_code, area_code, setting_code),
    FOREIGN KEY (week_start_date, query_code) REFERENCES release.open_budget,
    CHECK ((status_code = 'published') = (identity_count IS NOT NULL))
);
COMMENT ON TABLE release.open_figure IS
    'Open data: identities seen in a week with noise by a discrete Gaussian law. Figures are drawn apart: they do not add up.';
COMMENT ON COLUMN release.open_figure.week_start_date IS 'Monday.';
COMMENT ON COLUMN release.open_figure.query_code IS 'Table: municipality | corop_setting | country_setting.';
COMMENT ON COLUMN release.open_figure.area_code IS 'Area.';
COMMENT ON COLUMN release.open_figure.setting_code IS 'all (municipalities) | home | club | escort | other (another setting, or not told).';
COMMENT ON COLUMN release.open_figure.vintage_date IS 'Last day of the release: the last Sunday of the year''s weeks.';
COMMENT ON COLUMN release.open_figure.status_code IS 'published | below_threshold (too small to print; also of an area without anybody).';
COMMENT ON COLUMN release.open_figure.identity_count IS
    'Identities seen, each counted in one municipality and one setting a week, with noise; NULL where not printed.';
COMMENT ON COLUMN release.open_figure.sigma_value IS 'Standard deviation of the noise, in advertisers.';

CREATE FUNCTION release.open_allowance(week_start date) RETURNS numeric
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    -- Years with 53 Mondays share out what a year may take; rounded down, so that the shares never add up to more.
    SELECT trunc(least(0.1, 5.2 / count(*)), 6)
    FROM generate_series(0, 365) AS n
    WHERE extract(isodow FROM date_trunc('year', week_start)::date + n) = 1
        AND extract(year FROM date_trunc('year', week_start)::date + n) = extract(year FROM week_start)
$$;
COMMENT ON FUNCTION release.open_allowance(date) IS
    'Privacy budget (rho) that open data of the week of a Monday may take: 0.1, or 5.2 shared over the Mondays of its year.';

CREATE FUNCTION release.open_within_budget() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, release, pg_temp
AS $$
DECLARE
    past record;
BEGIN
    -- One who spends waits for the one before, and must then see what that one spent. A transaction that keeps the
    -- snapshot of its start would not.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'privacy budget is spent in transactions that read what others committed'
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('release.open_budget'));
    SELECT b.week_start_date INTO past
    FROM release.open_budget AS b
    WHERE b.week_start_date IN (SELECT s.week_start_date FROM spent AS s)
    GROUP BY b.week_start_date
    HAVING sum(b.rho_value::numeric) > release.open_allowance(b.week_start_date)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'past the privacy budget of a week'
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
    END IF;
    SELECT extract(year FROM b.week_start_date) INTO past
    FROM release.open_budget AS b
    WHERE extract(year FROM b.week_start_date) IN (SELECT extract(year FROM s.week_start_date) FROM spent AS s)
    GROUP BY extract(year FROM b.week_start_date)
    HAVING sum(b.rho_value::numeric) > 5.2
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'past the privacy budget of a year'
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION release.open_within_budget() IS
    'Refuses what goes past the privacy budget of a week or a year, whoever inserts it.';
REVOKE ALL ON FUNCTION release.open_within_budget(), release.open_allowance(date) FROM PUBLIC;
CREATE TRIGGER within_budget AFTER INSERT ON release.open_budget REFERENCING NEW TABLE AS spent
FOR EACH STATEMENT EXECUTE FUNCTION release.open_within_budget();

DO $$
DECLARE
    table_name text;
BEGIN
    FOREACH table_name IN ARRAY ARRAY['open_week', 'open_budget', 'open_figure'] LOOP
        EXECUTE format(
            'CREATE TRIGGER frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON release.%I '
            'FOR EACH STATEMENT EXECUTE FUNCTION release.frozen()', table_name
        );
        EXECUTE format('GRANT SELECT ON release.%I TO analist, handhaving, beleid, gemeente', table_name);
    END LOOP;
END
$$;
ALTER TABLE release.open_figure ENABLE ROW LEVEL SECURITY;
CREATE POLICY everything ON release.open_figure TO analist, handhaving, beleid, releaser USING (true) WITH CHECK (true);
CREATE POLICY own_area ON release.open_figure FOR SELECT TO gemeente
USING (area_code = ANY ((SELECT release.areas_in_sight())::text [])); -- the areas above its own included
