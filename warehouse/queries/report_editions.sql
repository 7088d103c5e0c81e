-- Every daily release up to a day, oldest first.
SELECT
    vintage_date,
    version_number,
    ruleset_version,
    estimator_version,
    inputs_digest,
    figures_digest,
    previous_digest,
    entry_digest,
    attacks
FROM release.edition
WHERE kind_code = 'daily' AND vintage_date <= %(day)s
ORDER BY vintage_date, version_number
