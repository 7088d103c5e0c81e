-- Known from before the epoch's first day: linking a day drops what that day did not find by itself.
INSERT INTO core.shared_contact (epoch_code, contact_key, from_date)
SELECT e.epoch_code, n.new_key, e.start_date - 1
FROM core.epoch AS e
JOIN core.shared_contact AS c ON c.epoch_code = e.former_code
JOIN unnest(%(new_keys)s::bytea[], %(former_keys)s::bytea[]) AS n (new_key, former_key)
    ON n.former_key = c.contact_key
WHERE e.epoch_code = %(epoch)s
ON CONFLICT DO NOTHING
