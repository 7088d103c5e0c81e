-- Claim what is due; of several processes one gets the row.
UPDATE post.sending AS s
SET state_code = 'begun', attempt_count = s.attempt_count + 1, reply_number = NULL, begun_at = now()
WHERE s.day_date = %(day_date)s AND s.kind_code = %(kind_code)s AND s.version_number = %(version_number)s
    AND s.recipient_digest = %(recipient_digest)s AND s.state_code = 'due'
