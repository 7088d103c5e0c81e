-- What one version of one day's release holds of events of policy.
SELECT
    event_code,
    area_code,
    event_date,
    precision_code,
    event_name,
    direction_code,
    source_name
FROM release.policy_event
WHERE vintage_date = %(day)s AND version_number = %(version)s
ORDER BY event_code
