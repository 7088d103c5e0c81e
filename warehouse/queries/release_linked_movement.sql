-- Flows that were released of some blocks in any version (but one), the older first.
SELECT
    m.block_start_date,
    m.origin_code,
    m.destination_code,
    m.status_code,
    m.reason_code,
    m.move_count,
    m.lower_count,
    m.upper_count,
    m.warnings
FROM release.movement AS m
WHERE m.block_start_date = ANY(%(starts)s::date [])
    AND (m.vintage_date, m.version_number) IS DISTINCT FROM (%(day)s::date, %(version)s::integer)
ORDER BY m.block_start_date, m.origin_code, m.destination_code, m.version_number
