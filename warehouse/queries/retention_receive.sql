INSERT INTO core.receipt (kind_code, subject, digest, day_date, row_count)
VALUES (%(kind)s, %(subject)s, %(digest)s, %(day)s, %(count)s)
ON CONFLICT DO NOTHING
