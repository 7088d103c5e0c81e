-- Which of these contacts are known to be shared, and since when.
SELECT c.contact_key, c.from_date
FROM core.shared_contact AS c
WHERE c.epoch_code = %(epoch)s AND c.contact_key = ANY (%(contact_keys)s::bytea[]) AND c.from_date <= %(day)s
