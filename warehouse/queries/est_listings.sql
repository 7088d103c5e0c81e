-- Listings of one epoch seen in a window of at most 63 days, with the days as bits (bit 0 = first day) and the identity
-- they belong to as of the last day. A listing whose page was never read is nobody's: the share of those is in q. Order by pseudonym: the same in every rebuild, unlike running numbers.
SELECT
    s.listing_id,
    l.source_code,
    c.source_group_code,
    m.identity_id,
    i.record_number,
    s.days
FROM (
    SELECT listing_id, bit_or(1::bigint << (day_date - %(first)s::date)) AS days
    FROM core.sighting
    WHERE day_date BETWEEN %(first)s AND %(day)s
    GROUP BY listing_id
) AS s
JOIN core.listing AS l ON l.listing_id = s.listing_id AND l.epoch_code = %(epoch)s
JOIN core.source AS c ON c.source_code = l.source_code
LEFT JOIN LATERAL (
    SELECT identity_id
    FROM core.identity_member
    WHERE listing_id = s.listing_id AND from_date <= %(day)s
    ORDER BY from_date DESC
    LIMIT 1
) AS m ON true
LEFT JOIN core.identity AS i ON i.identity_id = m.identity_id
WHERE EXISTS (SELECT FROM core.listing_version AS v WHERE v.listing_id = s.listing_id AND v.read_date <= %(day)s)
ORDER BY l.source_code, l.listing_key;
