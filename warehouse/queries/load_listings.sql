-- Anti-join first: a conflict that is only ignored would still use up a running number.
INSERT INTO core.listing (source_code, epoch_code, listing_key)
SELECT %(source)s, %(epoch)s, s.listing_key
FROM staged_present AS s
WHERE NOT EXISTS (
    SELECT FROM core.listing AS l
    WHERE l.epoch_code = %(epoch)s AND l.source_code = %(source)s AND l.listing_key = s.listing_key
)
ORDER BY s.listing_key
ON CONFLICT DO NOTHING
