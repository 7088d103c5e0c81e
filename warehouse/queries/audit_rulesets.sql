-- Rule set that the last version of each day's release was made by.
SELECT DISTINCT ON (vintage_date)
    vintage_date,
    ruleset_version
FROM release.edition
WHERE kind_code = 'daily'
ORDER BY vintage_date, version_number DESC
