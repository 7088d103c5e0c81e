-- Write the rules of a version that no release was made by before.
INSERT INTO release.rule (ruleset_version, cube_code, rule_code, value_name)
SELECT %(version)s, r.cube_code, r.rule_code, r.value_name
FROM unnest(%(cubes)s::text [], %(rules)s::text [], %(values)s::text []) AS r (cube_code, rule_code, value_name)
WHERE NOT EXISTS (SELECT FROM release.rule AS known WHERE known.ruleset_version = %(version)s)
