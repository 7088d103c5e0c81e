SELECT DISTINCT ON (m.listing_id) m.listing_id, m.identity_id
FROM unnest(%(ids)s::integer[]) AS c (listing_id)
JOIN core.identity_member AS m USING (listing_id)
WHERE m.from_date < %(day)s
ORDER BY m.listing_id, m.from_date DESC
