-- Listings seen on each day of a window, counted from its first day. Day by day on purpose: each is one walk along the
-- key of its partition, half the work of grouping all sightings by listing.
SELECT n.day, s.listing_ids
FROM generate_series(0, %(days)s::integer - 1) AS n (day)
CROSS JOIN LATERAL (
    SELECT array_agg(listing_id) AS listing_ids FROM core.sighting WHERE day_date = %(first)s::date + n.day
) AS s
WHERE s.listing_ids IS NOT NULL;
