SELECT n.new_key
FROM core.epoch AS e
JOIN core.exclusion AS x ON x.epoch_code = e.former_code
JOIN unnest(%(new_keys)s::bytea[], %(former_keys)s::bytea[]) AS n (new_key, former_key) ON n.former_key = x.contact_key
WHERE e.epoch_code = %(epoch)s
    AND NOT EXISTS (
        SELECT FROM core.exclusion AS d WHERE d.epoch_code = e.epoch_code AND d.contact_key = n.new_key
    )
ORDER BY n.new_key
