-- Contacts under which one source showed more than the limit of different texts on one day since the day linked before.
SELECT DISTINCT contact.contact_key
FROM core.sighting AS s
JOIN core.listing AS l USING (listing_id)
JOIN LATERAL (
    SELECT v.content_key, v.contact_keys
    FROM core.listing_version AS v
    WHERE v.listing_id = s.listing_id AND v.read_date <= s.day_date
    ORDER BY v.read_date DESC
    LIMIT 1
) AS latest ON true
CROSS JOIN LATERAL unnest(latest.contact_keys) AS contact (contact_key)
WHERE s.day_date > %(after)s AND s.day_date <= %(day)s AND l.epoch_code = %(epoch)s
GROUP BY s.day_date, l.source_code, contact.contact_key
HAVING count(DISTINCT latest.content_key) > %(limit)s
