-- Figures of one release of open data with the names of areas, as they are handed out.
SELECT
    f.week_start_date,
    f.query_code,
    f.area_code,
    a.area_name,
    f.setting_code,
    f.status_code,
    f.identity_count,
    f.sigma_value
FROM release.open_figure AS f
INNER JOIN release.area AS a ON f.area_code = a.area_code
WHERE f.vintage_date = %(last)s
ORDER BY f.week_start_date, f.query_code, f.area_code, f.setting_code
