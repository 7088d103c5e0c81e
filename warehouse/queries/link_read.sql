-- Listings whose page said something new since the day that was linked before.
SELECT DISTINCT v.listing_id
FROM core.listing_version AS v JOIN core.listing AS l USING (listing_id)
WHERE l.epoch_code = %(epoch)s AND v.read_date > %(before)s AND v.read_date <= %(day)s
