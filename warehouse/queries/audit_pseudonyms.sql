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
UNION
SELECT 'contact', s.epoch_code, s.contact_key
FROM core.shared_contact AS s
UNION
SELECT 'contact', x.epoch_code, x.contact_key
FROM core.exclusion AS x
UNION
SELECT 'listing', l.epoch_code, t.carried_key
FROM core.carried_tie AS t
INNER JOIN core.listing AS l USING (listing_id)
UNION
-- Keyed sketches live and die with the epoch too; a text too short for one has the same empty sketch everywhere.
SELECT 'sketch', l.epoch_code, sha256(v.sketch)
FROM core.listing_version AS v
INNER JOIN core.listing AS l USING (listing_id)
WHERE v.sketch <> decode(repeat('ff', octet_length(v.sketch)), 'hex')
UNION
-- What tells the right key from a wrong one: equal under two names, one key would stand for both.
SELECT 'key check', k.key_name, k.check_key
FROM core.key_check AS k
