-- Listings seen on the day that were not seen on the day linked before, or of which something was read since.
WITH appeared AS MATERIALIZED (
    SELECT s.listing_id FROM core.sighting AS s WHERE s.day_date = %(day)s
    EXCEPT
    SELECT s.listing_id FROM core.sighting AS s WHERE s.day_date = %(before)s
)
SELECT l.listing_id
FROM appeared AS a JOIN core.listing AS l USING (listing_id)
WHERE l.epoch_code = %(epoch)s
UNION
SELECT v.listing_id
FROM core.listing_version AS v JOIN core.listing AS l USING (listing_id)
WHERE l.epoch_code = %(epoch)s AND v.read_date > %(before)s AND v.read_date <= %(day)s
