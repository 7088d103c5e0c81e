-- What one version of one day's release holds of volume.
SELECT
    period_code,
    period_start_date,
    area_code,
    setting_code,
    status_code,
    reason_code,
    advertiser_count,
    floor_count,
    lower_count,
    upper_count,
    coverage_share,
    source_group_count,
    completeness_share,
    warnings
FROM release.volume
WHERE vintage_date = %(day)s AND version_number = %(version)s
ORDER BY period_code, period_start_date, area_code, setting_code
