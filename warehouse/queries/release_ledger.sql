-- The whole ledger as text, so that the chain can be computed again.
SELECT
    to_char(vintage_date, 'YYYY-MM-DD') AS vintage,
    version_number,
    kind_code,
    ruleset_version,
    estimator_version,
    inputs_digest,
    figures_digest,
    previous_digest,
    entry_digest,
    attacks::text AS attacks,
    request::text AS request
FROM release.edition
