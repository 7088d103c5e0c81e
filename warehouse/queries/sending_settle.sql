-- Write down what the mail server answered.
UPDATE post.sending AS s
SET state_code = %(state)s, reply_number = %(reply)s
WHERE s.day_date = %(day_date)s AND s.kind_code = %(kind_code)s AND s.version_number = %(version_number)s
    AND s.recipient_digest = %(recipient_digest)s AND s.state_code = 'begun'
