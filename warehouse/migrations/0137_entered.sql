-- Why: whoever may release figures could also put rows there by hand, which all read and no audit saw; custom tables were read
-- before their place in the ledger was sure, and hashed in the date style of the session; and the budget of open data said how
-- much noise there must be without asking for it (PRIVACY P9-P12). Undo: DROP FUNCTION release.entered, release.open_entered,
-- release.open_as_spent CASCADE; ALTER TABLE release.open_budget DROP CONSTRAINT open_budget_noise; ALTER TABLE
-- release.open_figure DROP CONSTRAINT open_figure_shape; release.chosen_cells and release.tabulate as in 0030; the comment of
-- release.edition.request as in 0136.
CREATE FUNCTION release.entered() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM release.edition AS e
        WHERE e.vintage_date = NEW.vintage_date AND e.version_number = NEW.version_number AND e.kind_code = 'daily'
    ) THEN
        RAISE EXCEPTION 'figures are released with an entry in the ledger, in one transaction'
            USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION release.entered() IS 'Refuses, at the end of a transaction, figures of a release that is not in the ledger.';

CREATE FUNCTION release.open_entered() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM release.edition AS e WHERE e.vintage_date = NEW.vintage_date AND e.kind_code = 'open'
    ) THEN
        RAISE EXCEPTION 'open data are released with an entry in the ledger, in one transaction'
            USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION release.open_entered() IS 'Refuses, at the end of a transaction, open data of a year that is not in the ledger.';

DO $$
DECLARE
    table_name text;
BEGIN
    -- The entry comes after its rows, so this is judged when all of the transaction is there.
    FOREACH table_name IN ARRAY ARRAY[
        'volume', 'setting_share', 'movement', 'language', 'quality_day', 'alert', 'stay', 'count_step', 'policy_event',
        'policy_effect', 'method'
    ] LOOP
        EXECUTE format(
            'CREATE CONSTRAINT TRIGGER entered AFTER INSERT ON release.%I DEFERRABLE INITIALLY DEFERRED '
            'FOR EACH ROW EXECUTE FUNCTION release.entered()', table_name
        );
    END LOOP;
    FOREACH table_name IN ARRAY ARRAY['open_week', 'open_budget', 'open_figure'] LOOP
        EXECUTE format(
            'CREATE CONSTRAINT TRIGGER entered AFTER INSERT ON release.%I DEFERRABLE INITIALLY DEFERRED '
            'FOR EACH ROW EXECUTE FUNCTION release.open_entered()', table_name
        );
    END LOOP;
END
$$;

-- rho = 1 / (2 sigma^2); the allowance is for the rounding of doubles.
ALTER TABLE release.open_budget ADD CONSTRAINT open_budget_noise
CHECK (2 * rho_value * sigma_value * sigma_value >= 1 - 1e-9);
ALTER TABLE release.open_figure ADD CONSTRAINT open_figure_shape CHECK (
    CASE query_code
        WHEN 'municipality' THEN area_code ~ '^GM[0-9]{4}$' AND setting_code = 'all'
        WHEN 'corop_setting' THEN area_code ~ '^CR[0-9]{2}$' AND setting_code <> 'all'
        WHEN 'country_setting' THEN area_code = 'NL' AND setting_code <> 'all'
        ELSE FALSE
    END
);

CREATE FUNCTION release.open_as_spent() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- That there is a budget at all is the foreign key's. Judged once a statement: a year has tens of thousands of rows.
    IF EXISTS (
        SELECT FROM added AS a
        INNER JOIN release.open_budget AS b USING (week_start_date, query_code)
        INNER JOIN release.open_week AS w USING (week_start_date)
        WHERE a.identity_count < b.printed_from_count OR a.sigma_value <> b.sigma_value OR w.status_code <> 'released'
            OR a.vintage_date <> b.vintage_date OR a.vintage_date <> w.vintage_date
    ) THEN
        RAISE EXCEPTION 'open data say what their budget says: noise, smallest figure, week and release'
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION release.open_as_spent() IS
    'Refuses figures of open data that differ from their budget in noise, smallest figure or release, or whose week is absent.';
CREATE TRIGGER as_spent AFTER INSERT ON release.open_figure REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION release.open_as_spent();
REVOKE ALL ON FUNCTION release.entered(), release.open_entered(), release.open_as_spent() FROM PUBLIC;

COMMENT ON COLUMN release.edition.request IS
    'For custom tables what was asked and which areas were told, for open data the year and the privacy budget that it took, '
    'for audits the day on which it ran, how many numbers, texts, folders and trials it had, how many entries there were when '
    'it began, and what did not verify; {} otherwise.';

CREATE OR REPLACE FUNCTION release.chosen_cells(
    level text, window_name text, with_setting boolean, from_date date, to_date date, areas text[], settings text[]
) RETURNS TABLE (
    period_code text,
    period_start_date date,
    area_code text,
    setting_code text,
    status_code text,
    reason_code text,
    advertiser_count integer,
    lower_count integer,
    upper_count integer,
    warnings text[]
)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO, MDY'
AS $$
    -- Every cell is one that passed the gate and was released: a custom table can choose, never compute.
    WITH RECURSIVE chosen AS (
        SELECT a.area_code FROM release.area AS a WHERE areas IS NULL OR a.area_code = ANY (areas)
        UNION
        SELECT a.area_code FROM release.area AS a JOIN chosen AS c ON a.parent_code = c.area_code
    )
    SELECT DISTINCT ON (v.period_start_date, v.area_code, v.setting_code)
        v.period_code, v.period_start_date, v.area_code, v.setting_code, v.status_code, v.reason_code,
        v.advertiser_count, v.lower_count, v.upper_count, v.warnings
    FROM release.volume AS v
    JOIN release.area AS a ON a.area_code = v.area_code AND a.level_code = level
    JOIN chosen AS c ON c.area_code = v.area_code
    WHERE v.period_code = window_name
        AND v.period_start_date BETWEEN from_date AND to_date
        AND CASE WHEN with_setting THEN v.setting_code <> 'all' ELSE v.setting_code = 'all' END
        AND (settings IS NULL OR v.setting_code = ANY (settings))
    ORDER BY v.period_start_date, v.area_code, v.setting_code, v.version_number DESC
$$;
CREATE OR REPLACE FUNCTION release.tabulate(
    by text[],
    from_date date,
    to_date date,
    areas text[] DEFAULT NULL,
    settings text[] DEFAULT NULL
) RETURNS TABLE (
    period_code text,
    period_start_date date,
    area_code text,
    setting_code text,
    status_code text,
    reason_code text,
    advertiser_count integer,
    lower_count integer,
    upper_count integer,
    warnings text[]
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO, MDY'
AS $$
#variable_conflict use_column
DECLARE
    level text;
    window_name text;
    days integer := to_date - from_date + 1;
    latest record;
    made_from text;
    told text[];
    result_digest text;
    number integer;
BEGIN
    IF from_date IS NULL OR to_date IS NULL OR days < 1 THEN
        RAISE EXCEPTION 'the first day must not lie after the last' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF array_ndims(by) > 1 OR array_ndims(areas) > 1 OR array_ndims(settings) > 1 THEN
        RAISE EXCEPTION 'by, areas and settings are plain lists, not lists of lists' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF by IS NULL OR NOT by <@ ARRAY['municipality', 'corop', 'province', 'country', 'setting', 'day', 'week', 'block']
    THEN
        RAISE EXCEPTION 'by takes municipality, corop, province or country, and setting, day, week or block'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT x INTO level FROM unnest(by) AS x WHERE x IN ('municipality', 'corop', 'province', 'country');
    IF (SELECT count(DISTINCT x) FROM unnest(by) AS x WHERE x IN ('municipality', 'corop', 'province', 'country')) <> 1
        OR (SELECT count(DISTINCT x) FROM unnest(by) AS x WHERE x IN ('day', 'week', 'block')) > 1
    THEN
        RAISE EXCEPTION 'name one level of areas and at most one window' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT x INTO window_name FROM unnest(by) AS x WHERE x IN ('day', 'week', 'block');
    IF window_name IS NULL THEN
        window_name := CASE
            WHEN days % 28 = 0 AND (from_date - date '2026-01-05') % 28 = 0 THEN 'block'
            WHEN days % 7 = 0 AND extract(isodow FROM from_date) = 1 THEN 'week'
            ELSE 'day'
        END;
    END IF;
    IF (window_name = 'week' AND (days % 7 <> 0 OR extract(isodow FROM from_date) <> 1))
        OR (window_name = 'block' AND (days % 28 <> 0 OR (from_date - date '2026-01-05') % 28 <> 0))
    THEN
        RAISE EXCEPTION 'windows are fixed: whole Monday weeks or whole blocks of four weeks'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF 'setting' = ANY (by) AND window_name = 'day' THEN
        RAISE EXCEPTION 'days carry totals only; ask settings by week or block' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    -- Before anything is read: what a release adds while this waits would be in the cells, and not in the entry named.
    PERFORM pg_advisory_xact_lock(hashtext('release.edition'));
    SELECT e.vintage_date, e.ruleset_version, e.estimator_version INTO latest
    FROM release.edition AS e WHERE e.kind_code = 'daily'
    ORDER BY e.vintage_date DESC, e.version_number DESC LIMIT 1;
    IF latest IS NULL THEN
        RAISE EXCEPTION 'nothing has been released yet' USING ERRCODE = 'no_data_found';
    END IF;

    -- The last release in the ledger, which is not that of the last day where an earlier one was corrected since.
    WITH RECURSIVE back AS (
        SELECT e.entry_digest, e.previous_digest, e.kind_code
        FROM release.edition AS e
        WHERE NOT EXISTS (SELECT FROM release.edition AS n WHERE n.previous_digest = e.entry_digest)
        UNION ALL
        SELECT e.entry_digest, e.previous_digest, e.kind_code
        FROM back AS b
        JOIN release.edition AS e ON e.entry_digest = b.previous_digest
        WHERE b.kind_code <> 'daily'
    )
    SELECT b.entry_digest INTO made_from FROM back AS b WHERE b.kind_code = 'daily';

    RETURN QUERY SELECT c.* FROM release.chosen_cells(
        level, window_name, 'setting' = ANY (by), from_date, to_date, areas, settings
    ) AS c;

    SELECT coalesce(max(e.version_number), 0) + 1 INTO number
    FROM release.edition AS e WHERE e.kind_code = 'custom' AND e.vintage_date = latest.vintage_date;
    SELECT
        encode(sha256(convert_to(coalesce(string_agg(
            c::text, E'\n' ORDER BY c.period_start_date, c.area_code, c.setting_code
        ), ''), 'UTF8')), 'hex'),
        coalesce(array_agg(DISTINCT c.area_code), '{}')
    INTO result_digest, told
    FROM release.chosen_cells(level, window_name, 'setting' = ANY (by), from_date, to_date, areas, settings) AS c;
    PERFORM release.enter(
        latest.vintage_date, number, 'custom', latest.ruleset_version, latest.estimator_version, made_from,
        result_digest,
        jsonb_build_object('basis', 'released cells only; nothing is computed anew'),
        jsonb_build_object(
            'by', to_jsonb(by), 'from', to_char(from_date, 'YYYY-MM-DD'), 'to', to_char(to_date, 'YYYY-MM-DD'),
            'window', window_name, 'areas', to_jsonb(areas), 'settings', to_jsonb(settings),
            'told', to_jsonb(told)
        )
    );
END
$$;
