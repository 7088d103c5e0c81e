-- Enter an audit of what had been released up to an entry, `seen`; no row when there was no daily release. Its inputs are that
-- entry, its figures those of all up to it. What was entered while the audit ran is the next one's.
WITH RECURSIVE seen AS (
    SELECT e.*
    FROM release.edition AS e
    WHERE e.entry_digest = %(seen)s
    UNION ALL
    SELECT e.*
    FROM seen AS s
    INNER JOIN release.edition AS e ON s.previous_digest = e.entry_digest
),

latest AS (
    SELECT vintage_date, estimator_version, ruleset_version
    FROM seen
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
        %(seen)s,
        (
            SELECT
                encode(sha256(convert_to(string_agg(e.figures_digest, E'\n' ORDER BY e.figures_digest), 'UTF8')), 'hex')
            FROM seen AS e
            WHERE e.kind_code <> 'audit'
        ),
        %(attacks)s,
        %(request)s
    ) AS entry_digest
FROM latest AS l
