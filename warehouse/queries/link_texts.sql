-- All texts read in the epoch up to the day, one behind the other in one value, 144 bytes each: listing, days since the
-- epoch's start, eight bytes of the listing's pseudonym to order by, sketch. So many rows are read far quicker as one.
SELECT string_agg(int4send(v.listing_id) || int4send(v.read_date - %(start)s) || substring(l.listing_key FOR 8) || v.sketch, '')
FROM core.listing_version AS v JOIN core.listing AS l USING (listing_id)
WHERE l.epoch_code = %(epoch)s AND v.read_date <= %(day)s
