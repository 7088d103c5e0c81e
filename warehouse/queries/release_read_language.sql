-- What one version of one day's release holds of language.
SELECT
    block_start_date,
    area_code,
    language_code,
    status_code,
    reason_code,
    advertiser_count
FROM release.language
WHERE vintage_date = %(day)s AND version_number = %(version)s
ORDER BY block_start_date, area_code, language_code
