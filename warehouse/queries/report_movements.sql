-- Moves between areas as known on a day.
SELECT DISTINCT ON (block_start_date, origin_code, destination_code)
    block_start_date,
    origin_code,
    destination_code,
    status_code,
    reason_code,
    move_count,
    lower_count,
    upper_count,
    warnings
FROM release.movement
WHERE block_start_date BETWEEN %(start)s AND %(day)s AND vintage_date <= %(day)s
ORDER BY block_start_date, origin_code, destination_code, version_number DESC
