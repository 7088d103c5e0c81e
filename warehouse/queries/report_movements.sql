-- Moves between areas as known on a day: of each block its last version, whole, since versions may roll up otherwise.
SELECT
    block_start_date,
    origin_code,
    destination_code,
    status_code,
    reason_code,
    move_count,
    lower_count,
    upper_count,
    warnings
FROM (
    SELECT *, max(version_number) OVER (PARTITION BY block_start_date) AS last_number
    FROM release.movement
    WHERE block_start_date BETWEEN %(start)s AND %(day)s AND vintage_date <= %(day)s
) AS known
WHERE version_number = last_number
ORDER BY block_start_date, origin_code, destination_code
