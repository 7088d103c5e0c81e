-- Figures of one release of open data.
SELECT week_start_date, query_code, area_code, setting_code, status_code, identity_count, sigma_value
FROM release.open_figure
WHERE vintage_date = %(last)s
ORDER BY week_start_date, query_code, area_code, setting_code
