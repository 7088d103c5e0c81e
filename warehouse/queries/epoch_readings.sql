-- What was read of listings in the weeks to carry, and what held when these begin.
SELECT v.listing_id, v.read_date, v.content_key
FROM unnest(%(listings)s::integer[]) AS n (listing_id)
JOIN core.listing_version AS v USING (listing_id)
WHERE v.read_date >= coalesce(
    (
        SELECT max(b.read_date) FROM core.listing_version AS b
        WHERE b.listing_id = n.listing_id AND b.read_date <= %(first)s
    ),
    %(first)s
)
