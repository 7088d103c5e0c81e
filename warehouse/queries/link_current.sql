SELECT c.listing_id, m.identity_id
FROM unnest(%(ids)s::integer[]) AS c (listing_id)
CROSS JOIN LATERAL (
    SELECT m.identity_id FROM core.identity_member AS m
    WHERE m.listing_id = c.listing_id AND m.from_date < %(day)s
    ORDER BY m.from_date DESC
    LIMIT 1
) AS m
