DELETE FROM est.policy_effect WHERE policy_event_id = %(event)s AND vintage_date = %(day)s
