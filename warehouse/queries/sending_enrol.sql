-- Write down that a digest is to go to a recipient, unless it is known already.
INSERT INTO post.sending AS s (day_date, kind_code, version_number, recipient_digest)
VALUES (%(day_date)s, %(kind_code)s, %(version_number)s, %(recipient_digest)s)
ON CONFLICT DO NOTHING
