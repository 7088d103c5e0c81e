MERGE INTO core.shared_contact AS c
USING unnest(%(contact_keys)s::bytea[]) AS n (contact_key)
ON c.epoch_code = %(epoch)s AND c.contact_key = n.contact_key
WHEN MATCHED AND c.from_date > %(day)s THEN UPDATE SET from_date = %(day)s
WHEN NOT MATCHED THEN INSERT (epoch_code, contact_key, from_date) VALUES (%(epoch)s, n.contact_key, %(day)s)
