-- Listings of an epoch that were seen in its last weeks, with the identity that they belong to at its end.
SELECT l.listing_id, l.listing_key, i.record_number
FROM (
    SELECT DISTINCT listing_id FROM core.sighting WHERE day_date >= %(first)s AND day_date < %(start)s
) AS s
JOIN core.listing AS l ON l.listing_id = s.listing_id AND l.epoch_code = %(former)s
LEFT JOIN LATERAL (
    SELECT identity_id FROM core.identity_member
    WHERE listing_id = s.listing_id
    ORDER BY from_date DESC
    LIMIT 1
) AS m ON true
LEFT JOIN core.identity AS i ON i.identity_id = m.identity_id
ORDER BY l.listing_key
