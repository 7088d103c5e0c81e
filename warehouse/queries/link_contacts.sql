SELECT DISTINCT v.listing_id, contact.contact_key
FROM unnest(%(ids)s::integer[]) AS c (listing_id)
JOIN core.listing_version AS v USING (listing_id)
CROSS JOIN LATERAL unnest(v.contact_keys) AS contact (contact_key)
WHERE v.read_date <= %(day)s
