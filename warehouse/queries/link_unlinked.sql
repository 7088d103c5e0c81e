-- Listings read by this day that have no identity before it: new ones, and whatever was loaded late.
SELECT DISTINCT v.listing_id
FROM core.listing_version AS v JOIN core.listing AS l USING (listing_id)
WHERE l.epoch_code = %(epoch)s AND v.read_date <= %(day)s
    AND NOT EXISTS (
        SELECT FROM core.identity_member AS m WHERE m.listing_id = v.listing_id AND m.from_date < %(day)s
    )
