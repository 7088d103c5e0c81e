-- Every pseudonym that is kept, with its purpose and epoch.
SELECT 'listing' AS purpose, l.epoch_code, l.listing_key AS pseudonym
FROM core.listing AS l
UNION
SELECT 'content', l.epoch_code, v.content_key
FROM core.listing_version AS v
INNER JOIN core.listing AS l USING (listing_id)
UNION
SELECT 'contact', l.epoch_code, k.contact_key
FROM core.listing_version AS v
INNER JOIN core.listing AS l USING (listing_id)
CROSS JOIN LATERAL unnest(v.contact_keys) AS k (contact_key)
