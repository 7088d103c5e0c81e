-- Listings that were one identity with any of these in the epoch before, these included, as far as they were read.
SELECT DISTINCT o.listing_id, o.group_number
FROM unnest(%(ids)s::integer[]) AS c (listing_id)
JOIN core.carried_tie AS t USING (listing_id)
JOIN core.carried_tie AS o USING (group_number)
WHERE EXISTS (SELECT FROM core.listing_version AS v WHERE v.listing_id = o.listing_id AND v.read_date <= %(day)s)
