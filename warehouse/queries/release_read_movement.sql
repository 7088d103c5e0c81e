-- What one version of one day's release holds of movement.
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
FROM release.movement
WHERE vintage_date = %(day)s AND version_number = %(version)s
ORDER BY block_start_date, origin_code, destination_code
