-- Listings whose page said something new since the day that was linked before.
WITH told AS MATERIALIZED (
    SELECT DISTINCT v.listing_id FROM core.listing_version AS v WHERE v.read_date > %(before)s AND v.read_date <= %(day)s
)
SELECT t.listing_id
FROM told AS t
CROSS JOIN LATERAL (SELECT l.epoch_code FROM core.listing AS l WHERE l.listing_id = t.listing_id OFFSET 0) AS l
WHERE l.epoch_code = %(epoch)s
