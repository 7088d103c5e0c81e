-- Why: the ledger chains itself, releases are frozen, and custom tables pass one function (PRIVACY P9-P12).
-- Undo: DROP FUNCTION release.tabulate, release.chosen_cells, release.enter, release.frozen CASCADE; DROP INDEX release.edition_previous,
-- release.edition_entry, release.volume_vintage.
CREATE UNIQUE INDEX edition_previous ON release.edition (previous_digest);
CREATE UNIQUE INDEX edition_entry ON release.edition (entry_digest);
CREATE INDEX volume_vintage ON release.volume (period_code, period_start_date, area_code);

CREATE FUNCTION release.frozen() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog
AS $$
BEGIN
    RAISE EXCEPTION 'released figures are frozen; a correction is a new version'
        USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
END
$$;
COMMENT ON FUNCTION release.frozen() IS 'Refuses to change or remove what was released.';

DO $$
DECLARE
    table_name text;
BEGIN
    FOREACH table_name IN ARRAY ARRAY[
        'edition', 'volume', 'setting_share', 'movement', 'language', 'quality_day'
    ] LOOP
        EXECUTE format(
            'CREATE TRIGGER frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON release.%I '
            'FOR EACH STATEMENT EXECUTE FUNCTION release.frozen()', table_name
        );
    END LOOP;
END
$$;

CREATE FUNCTION release.enter(
    vintage date,
    version integer,
    kind text,
    ruleset text,
    estimator text,
    inputs text,
    figures text,
    attack_results jsonb,
    asked jsonb
) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog
AS $$
DECLARE
    last_digest text;
    digest text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('release.edition'));
    SELECT e.entry_digest INTO last_digest
    FROM release.edition AS e
    WHERE NOT EXISTS (SELECT FROM release.edition AS n WHERE n.previous_digest = e.entry_digest);
    last_digest := coalesce(last_digest, repeat('0', 64));
    digest := encode(sha256(convert_to(concat_ws(E'\n',
        last_digest, to_char(vintage, 'YYYY-MM-DD'), version::text, kind, ruleset, estimator, inputs, figures,
        attack_results::text, asked::text
    ), 'UTF8')), 'hex');
    INSERT INTO release.edition (
        vintage_date, version_number, kind_code, ruleset_version, estimator_version, inputs_digest, figures_digest,
        previous_digest, entry_digest, attacks, request
    ) VALUES (
        vintage, version, kind, ruleset, estimator, inputs, figures, last_digest, digest, attack_results, asked
    );
    RETURN digest;
END
$$;
COMMENT ON FUNCTION release.enter(date, integer, text, text, text, text, text, jsonb, jsonb) IS
    'Enter a release in the ledger; the entry is chained to the last one. Gives the digest of the entry.';
REVOKE ALL ON FUNCTION release.enter(date, integer, text, text, text, text, text, jsonb, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION release.enter(date, integer, text, text, text, text, text, jsonb, jsonb) TO releaser;

CREATE FUNCTION release.chosen_cells(
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
LANGUAGE sql STABLE SET search_path = pg_catalog
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
COMMENT ON FUNCTION release.chosen_cells(text, text, boolean, date, date, text[], text[]) IS
    'Released cells of a custom table; run by release.tabulate, which enters them in the ledger.';
REVOKE ALL ON FUNCTION release.chosen_cells(text, text, boolean, date, date, text[], text[]) FROM PUBLIC;

CREATE FUNCTION release.tabulate(
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
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
#variable_conflict use_column
DECLARE
    level text;
    window_name text;
    days integer := to_date - from_date + 1;
    latest record;
    result_digest text;
    number integer;
BEGIN
    IF from_date IS NULL OR to_date IS NULL OR days < 1 THEN
        RAISE EXCEPTION 'the first day must not lie after the last' USING ERRCODE = 'invalid_parameter_value';
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
    SELECT e.vintage_date, e.ruleset_version, e.estimator_version, e.entry_digest INTO latest
    FROM release.edition AS e WHERE e.kind_code = 'daily'
    ORDER BY e.vintage_date DESC, e.version_number DESC LIMIT 1;
    IF latest IS NULL THEN
        RAISE EXCEPTION 'nothing has been released yet' USING ERRCODE = 'no_data_found';
    END IF;

    RETURN QUERY SELECT c.* FROM release.chosen_cells(
        level, window_name, 'setting' = ANY (by), from_date, to_date, areas, settings
    ) AS c;

    SELECT coalesce(max(e.version_number), 0) + 1 INTO number
    FROM release.edition AS e WHERE e.kind_code = 'custom' AND e.vintage_date = latest.vintage_date;
    SELECT encode(sha256(convert_to(coalesce(string_agg(c::text, E'\n'), ''), 'UTF8')), 'hex') INTO result_digest
    FROM release.chosen_cells(level, window_name, 'setting' = ANY (by), from_date, to_date, areas, settings) AS c;
    PERFORM release.enter(
        latest.vintage_date, number, 'custom', latest.ruleset_version, latest.estimator_version, latest.entry_digest,
        result_digest,
        jsonb_build_object('basis', 'released cells only; nothing is computed anew'),
        jsonb_build_object(
            'by', to_jsonb(by), 'from', to_char(from_date, 'YYYY-MM-DD'), 'to', to_char(to_date, 'YYYY-MM-DD'),
            'window', window_name, 'areas', to_jsonb(areas), 'settings', to_jsonb(settings)
        )
    );
END
$$;
COMMENT ON FUNCTION release.tabulate(text[], date, date, text[], text[]) IS
    'A custom table of released cells: by one level of areas (municipality, corop, province, country), with setting if '
    'wanted, in fixed windows (day, week, block). Each table is entered in the ledger.';
REVOKE ALL ON FUNCTION release.tabulate(text[], date, date, text[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION release.tabulate(text[], date, date, text[], text[]) TO analist, beleid, releaser;
