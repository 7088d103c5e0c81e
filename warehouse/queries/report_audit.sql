-- The newest audit of what had been released up to a day: when it ran, its results, and how much did not verify. No row when there was none.
SELECT
    (request ->> 'ran')::date AS ran_date,
    attacks,
    coalesce(jsonb_array_length(request -> 'problems'), 0) AS problem_count
FROM release.edition
WHERE kind_code = 'audit' AND vintage_date <= %(day)s
ORDER BY vintage_date DESC, version_number DESC
LIMIT 1
