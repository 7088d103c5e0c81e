-- The newest audit of what had been released up to a day: when it ran, and its results. No row when there was none.
SELECT
    (request ->> 'ran')::date AS ran_date,
    attacks
FROM release.edition
WHERE kind_code = 'audit' AND vintage_date <= %(day)s
ORDER BY vintage_date DESC, version_number DESC
LIMIT 1
