-- When these listings were first read, and what they are ordered by: their pseudonym, or the one that they were carried with.
SELECT l.listing_id, v.first_date, coalesce(t.carried_key, l.listing_key) AS order_key
FROM unnest(%(ids)s::integer[]) AS c (listing_id)
CROSS JOIN LATERAL (
    SELECT l.listing_id, l.listing_key FROM core.listing AS l WHERE l.listing_id = c.listing_id OFFSET 0
) AS l
LEFT JOIN LATERAL (
    SELECT t.carried_key FROM core.carried_tie AS t WHERE t.listing_id = c.listing_id OFFSET 0
) AS t ON true
CROSS JOIN LATERAL (
    SELECT v.read_date AS first_date FROM core.listing_version AS v
    WHERE v.listing_id = c.listing_id AND v.read_date <= %(day)s
    ORDER BY v.read_date
    LIMIT 1
) AS v
