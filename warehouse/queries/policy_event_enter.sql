INSERT INTO est.policy_event (area_code, event_date, precision_code, event_name, direction_code, source_name)
VALUES (%(area_code)s, %(event_date)s, %(precision_code)s, %(event_name)s, %(direction_code)s, %(source_name)s)
ON CONFLICT DO NOTHING
