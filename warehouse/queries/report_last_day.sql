-- The last day for which there is a daily release; no row when there is none.
SELECT max(vintage_date) AS day
FROM release.edition
WHERE kind_code = 'daily'
HAVING max(vintage_date) IS NOT NULL
