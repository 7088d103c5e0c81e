-- What one version of one day's release holds of staying and moving on.
SELECT
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
WHERE vintage_date = %(day)s AND version_number = %(version)s
ORDER BY quarter_start_date, area_code, figure_code
