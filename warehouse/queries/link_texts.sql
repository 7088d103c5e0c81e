-- All texts read in the epoch up to the day, each text of a listing once, in an order that no running number decides.
SELECT v.listing_id, min(v.read_date) AS read_date, v.sketch
FROM core.listing_version AS v JOIN core.listing AS l USING (listing_id)
WHERE l.epoch_code = %(epoch)s AND v.read_date <= %(day)s
GROUP BY v.listing_id, v.sketch, l.source_code, l.listing_key
ORDER BY min(v.read_date), l.listing_key, l.source_code, v.sketch
