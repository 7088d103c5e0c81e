-- Listings seen on the day that were not seen on the day linked before, or of which something was read since. The epoch is
-- looked up for each by its number: joined by epoch, a first day whose rows no statistics know takes minutes.
WITH appeared AS MATERIALIZED (
    SELECT s.listing_id FROM core.sighting AS s WHERE s.day_date = %(day)s
    EXCEPT
    SELECT s.listing_id FROM core.sighting AS s WHERE s.day_date = %(before)s
),
touched AS MATERIALIZED (
    SELECT a.listing_id FROM appeared AS a
    UNION
    SELECT v.listing_id FROM core.listing_version AS v WHERE v.read_date > %(before)s AND v.read_date <= %(day)s
)
SELECT t.listing_id
FROM touched AS t
CROSS JOIN LATERAL (SELECT l.epoch_code FROM core.listing AS l WHERE l.listing_id = t.listing_id OFFSET 0) AS l
WHERE l.epoch_code = %(epoch)s
