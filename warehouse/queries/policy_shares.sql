-- Corrected shares of settings by region and block of four weeks, each as of the end of its block.
SELECT block_start_date, area_code, label_code, identity_count, point_share, lower_share, upper_share
FROM est.share
WHERE kind_code = 'setting'
    AND area_code LIKE 'CR%%'
    AND point_share IS NOT NULL
    AND vintage_date = block_start_date + 27
    AND block_start_date BETWEEN %(first)s AND %(last)s
ORDER BY area_code, label_code, block_start_date
