-- Last version of each day's release.
SELECT
    vintage_date,
    max(version_number) AS version_number
FROM release.edition
WHERE kind_code = 'daily'
GROUP BY vintage_date
ORDER BY vintage_date
