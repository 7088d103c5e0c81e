-- How the figures of a vintage were made: the last version of what its release says.
SELECT DISTINCT ON (item_code, source_code)
    item_code,
    source_code,
    value_name,
    age_count
FROM release.method
WHERE vintage_date = %(day)s
ORDER BY item_code, source_code, version_number DESC
