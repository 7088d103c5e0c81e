SELECT DISTINCT v.listing_id
FROM unnest(%(contact_keys)s::bytea[]) AS k (contact_key)
JOIN core.listing_version AS v ON v.contact_keys @> ARRAY[k.contact_key]
WHERE v.read_date <= %(day)s
