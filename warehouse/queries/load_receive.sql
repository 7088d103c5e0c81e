INSERT INTO core.receipt (kind_code, subject, digest, day_date, row_count)
VALUES ('load', %(subject)s, %(digest)s, %(day)s, %(count)s)
