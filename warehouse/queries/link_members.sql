-- Listings that belonged to these identities just before the day.
SELECT m.listing_id
FROM unnest(%(identity_ids)s::integer[]) AS c (identity_id)
CROSS JOIN LATERAL (
    SELECT m.listing_id, m.from_date FROM core.identity_member AS m
    WHERE m.identity_id = c.identity_id AND m.from_date < %(day)s
    OFFSET 0
) AS m
WHERE NOT EXISTS (
    SELECT FROM core.identity_member AS n
    WHERE n.listing_id = m.listing_id AND n.from_date > m.from_date AND n.from_date < %(day)s
)
