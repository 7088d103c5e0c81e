-- Events that the release of a day tells: those it told before, else those that no release has told yet, where the day is newer
-- than all that were released.
SELECT
    e.area_code || '-' || e.policy_event_id AS event_code,
    e.area_code,
    e.event_date,
    e.precision_code,
    e.event_name,
    e.direction_code,
    e.source_name
FROM est.policy_event AS e
WHERE EXISTS (
    SELECT FROM release.policy_event AS r
    WHERE r.event_code = e.area_code || '-' || e.policy_event_id AND r.vintage_date = %(day)s
)
OR (
    NOT EXISTS (
        SELECT FROM release.policy_event AS r WHERE r.event_code = e.area_code || '-' || e.policy_event_id
    )
    AND NOT EXISTS (SELECT FROM release.edition AS d WHERE d.kind_code = 'daily' AND d.vintage_date >= %(day)s)
)
ORDER BY event_code
