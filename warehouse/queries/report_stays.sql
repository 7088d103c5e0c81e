-- How long people stay and how they move on, by quarter, as known on a day.
SELECT DISTINCT ON (quarter_start_date, area_code, figure_code)
    quarter_start_date,
    area_code,
    figure_code,
    status_code,
    reason_code,
    advertiser_share,
    lower_share,
    upper_share,
    part_count,
    whole_count,
    stay_count,
    lower_count,
    upper_count
FROM release.stay
WHERE vintage_date <= %(day)s
ORDER BY quarter_start_date, area_code, figure_code, version_number DESC
