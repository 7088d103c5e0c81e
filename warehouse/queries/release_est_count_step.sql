-- Counted steps of a vintage, of regions and the country, with the identities that the week's volume is of: they are the same.
SELECT
    s.week_start_date,
    s.area_code,
    s.step_code,
    s.point_count,
    s.largest_count,
    v.identity_count,
    v.cell_number
FROM est.count_step AS s
LEFT JOIN est.volume AS v
    ON s.vintage_date = v.vintage_date
        AND v.period_code = 'week'
        AND s.week_start_date = v.period_start_date
        AND s.area_code = v.area_code
        AND v.setting_code = 'all'
WHERE s.vintage_date = %(day)s AND s.step_code <> 'advertisers' AND s.area_code ~ '^(CR[0-9]{2}|NL)$'
ORDER BY s.week_start_date, s.area_code, s.step_code
