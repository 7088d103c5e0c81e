-- Epochs whose key is gone while the bridge from them still holds rows.
SELECT DISTINCT former.epoch_code
FROM core.bridge AS b
INNER JOIN core.listing AS l USING (listing_id)
INNER JOIN core.epoch AS e ON l.epoch_code = e.epoch_code
INNER JOIN core.epoch AS former ON e.former_code = former.epoch_code
WHERE former.closed_date IS NOT NULL
ORDER BY former.epoch_code
