-- The newest daily release of a day, with the results of the attacks on it.
SELECT version_number, attacks
FROM release.edition
WHERE kind_code = 'daily' AND vintage_date = %(day)s
ORDER BY version_number DESC
LIMIT 1
