-- What one version of one day's release holds of setting_share.
SELECT
    block_start_date,
    area_code,
    setting_code,
    status_code,
    reason_code,
    advertiser_share,
    lower_share,
    upper_share
FROM release.setting_share
WHERE vintage_date = %(day)s AND version_number = %(version)s
ORDER BY block_start_date, area_code, setting_code
