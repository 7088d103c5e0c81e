-- Listings that belonged to these identities just before the day.
SELECT m.listing_id
FROM unnest(%(identity_ids)s::integer[]) AS c (identity_id)
JOIN core.identity_member AS m USING (identity_id)
WHERE m.from_date < %(day)s
    AND NOT EXISTS (
        SELECT FROM core.identity_member AS n
        WHERE n.listing_id = m.listing_id AND n.from_date > m.from_date AND n.from_date < %(day)s
    )
