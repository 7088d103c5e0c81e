MERGE INTO core.sighting AS t
USING (
    SELECT l.listing_id
    FROM staged_present AS s
    JOIN core.listing AS l
        ON l.epoch_code = %(epoch)s AND l.source_code = %(source)s AND l.listing_key = s.listing_key
    ORDER BY l.listing_id
) AS s
ON t.day_date = %(day)s AND t.listing_id = s.listing_id
WHEN NOT MATCHED THEN INSERT (day_date, listing_id) VALUES (%(day)s, s.listing_id)
