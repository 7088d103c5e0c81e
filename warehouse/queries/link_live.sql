-- Of these listings, those seen on the day: where they are and which contacts they name now.
SELECT s.listing_id, l.source_code, latest.area_codes[1] AS area_code, latest.contact_keys
FROM unnest(%(ids)s::integer[]) AS c (listing_id)
JOIN core.sighting AS s ON s.listing_id = c.listing_id AND s.day_date = %(day)s
JOIN core.listing AS l ON l.listing_id = c.listing_id
JOIN LATERAL (
    SELECT v.area_codes, v.contact_keys
    FROM core.listing_version AS v
    WHERE v.listing_id = c.listing_id AND v.read_date <= %(day)s
    ORDER BY v.read_date DESC
    LIMIT 1
) AS latest ON true
