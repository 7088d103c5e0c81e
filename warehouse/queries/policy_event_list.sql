SELECT policy_event_id, area_code, event_date, precision_code, event_name, direction_code, source_name
FROM est.policy_event
ORDER BY event_date NULLS LAST, area_code, policy_event_id
