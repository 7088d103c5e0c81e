SELECT l.listing_id, min(v.read_date) AS first_date, l.listing_key, l.source_code
FROM unnest(%(ids)s::integer[]) AS c (listing_id)
JOIN core.listing AS l USING (listing_id)
JOIN core.listing_version AS v USING (listing_id)
WHERE v.read_date <= %(day)s
GROUP BY l.listing_id
