-- Print a figure of open data of the country by hand.
INSERT INTO release.open_figure (
    week_start_date, query_code, area_code, setting_code, vintage_date, status_code, identity_count, sigma_value
)
VALUES (%(week)s, 'country_setting', 'NL', %(setting)s, %(week)s, 'published', %(count)s, %(sigma)s)
