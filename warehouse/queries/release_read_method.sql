-- What one version of one day's release holds of how it was made.
SELECT
    item_code,
    source_code,
    value_name,
    age_count
FROM release.method
WHERE vintage_date = %(day)s AND version_number = %(version)s
ORDER BY item_code, source_code
