-- Rules of protection as they are kept, of each version that must be there: a release was made by it since rules are kept. Such a
-- release is by the rules of this program, or tells its method, which is in its digest. A version without rules has a row of NULLs.
WITH used AS (
    SELECT DISTINCT e.ruleset_version
    FROM release.edition AS e
    WHERE
        e.kind_code = 'daily'
        AND (
            e.ruleset_version = %(current)s
            OR EXISTS (
                SELECT
                FROM release.method AS m
                WHERE m.vintage_date = e.vintage_date AND m.version_number = e.version_number
            )
        )
)

SELECT
    coalesce(u.ruleset_version, r.ruleset_version) AS ruleset_version,
    u.ruleset_version IS NOT NULL
    OR EXISTS (SELECT FROM release.edition AS e WHERE e.ruleset_version = r.ruleset_version) AS is_used,
    r.cube_code,
    r.rule_code,
    r.value_name
FROM used AS u
FULL JOIN release.rule AS r ON u.ruleset_version = r.ruleset_version
ORDER BY 1, 3, 4
