-- Print a figure of open data by hand.
INSERT INTO release.open_figure (
    week_start_date, query_code, area_code, setting_code, vintage_date, status_code, identity_count, sigma_value
)
SELECT %(week)s, %(query)s, a.area_code, 'all', %(week)s, 'published', 10, 1
FROM release.area AS a
LIMIT 1
