-- Enter an audit of all that was released; no row when nothing was. Its inputs are the last entry, its figures those of all.
WITH latest AS (
    SELECT vintage_date, estimator_version, ruleset_version
    FROM release.edition
    WHERE kind_code = 'daily'
    ORDER BY vintage_date DESC, version_number DESC
    LIMIT 1
)
SELECT
    release.enter(
        l.vintage_date,
        (
            SELECT coalesce(max(e.version_number), 0) + 1
            FROM release.edition AS e
            WHERE e.kind_code = 'audit' AND e.vintage_date = l.vintage_date
        ),
        'audit',
        l.ruleset_version,
        l.estimator_version,
        (
            SELECT e.entry_digest
            FROM release.edition AS e
            WHERE NOT EXISTS (SELECT FROM release.edition AS n WHERE n.previous_digest = e.entry_digest)
        ),
        (
            SELECT
                encode(sha256(convert_to(string_agg(e.figures_digest, E'\n' ORDER BY e.figures_digest), 'UTF8')), 'hex')
            FROM release.edition AS e
            WHERE e.kind_code <> 'audit'
        ),
        %(attacks)s,
        %(request)s
    ) AS entry_digest
FROM latest AS l
