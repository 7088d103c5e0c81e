-- Languages that were released of some blocks in any version (but one), the older first.
SELECT
    l.block_start_date,
    l.area_code,
    l.language_code,
    l.status_code,
    l.reason_code,
    l.advertiser_count
FROM release.language AS l
WHERE l.block_start_date = ANY(%(starts)s::date [])
    AND (l.vintage_date, l.version_number) IS DISTINCT FROM (%(day)s::date, %(version)s::integer)
ORDER BY l.block_start_date, l.area_code, l.language_code, l.version_number
