MERGE INTO core.shared_contact AS c
USING unnest(%(contact_keys)s::bytea[], %(reason_codes)s::text[]) AS n (contact_key, reason_code)
ON c.epoch_code = %(epoch)s AND c.contact_key = n.contact_key
WHEN MATCHED AND (c.from_date, c.reason_code) IS DISTINCT FROM (%(day)s, n.reason_code)
    THEN UPDATE SET from_date = %(day)s, reason_code = n.reason_code
WHEN NOT MATCHED THEN INSERT (epoch_code, contact_key, from_date, reason_code)
    VALUES (%(epoch)s, n.contact_key, %(day)s, n.reason_code)
