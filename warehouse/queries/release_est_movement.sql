-- Unprotected flows of a vintage.
SELECT
    block_start_date,
    origin_code,
    destination_code,
    identity_count,
    point_count,
    lower_count,
    upper_count,
    refusal_code,
    warnings,
    cell_number
FROM est.movement
WHERE vintage_date = %(day)s
ORDER BY block_start_date, origin_code, destination_code
