-- Unprotected volumes behind released windows, as of the last day of each window; small cells are never printed.
SELECT
    v.period_code,
    v.period_start_date,
    v.area_code,
    v.setting_code,
    v.identity_count,
    v.largest_share,
    v.floor_count,
    v.point_count,
    v.lower_count,
    v.upper_count,
    v.coverage_share,
    v.source_group_count,
    v.completeness_share,
    v.refusal_code,
    v.warnings,
    v.cell_number
FROM unnest(%(periods)s::text [], %(starts)s::date [], %(ends)s::date []) AS w (period_code, start_date, end_date)
INNER JOIN est.volume AS v
    ON
        w.end_date = v.vintage_date
        AND w.period_code = v.period_code
        AND w.start_date = v.period_start_date
WHERE v.identity_count >= 10
