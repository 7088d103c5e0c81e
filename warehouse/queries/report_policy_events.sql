-- Events of policy as known on a day.
SELECT DISTINCT ON (event_code)
    event_code,
    area_code,
    event_date,
    precision_code,
    event_name,
    direction_code,
    source_name
FROM release.policy_event
WHERE vintage_date <= %(day)s
ORDER BY event_code, version_number DESC
