-- Shares of home, club and escort as known on a day.
SELECT DISTINCT ON (block_start_date, area_code, setting_code)
    block_start_date,
    area_code,
    setting_code,
    status_code,
    reason_code,
    advertiser_share,
    lower_share,
    upper_share
FROM release.setting_share
WHERE
    block_start_date BETWEEN %(start)s AND %(day)s
    AND vintage_date <= %(day)s
    AND (%(areas)s::text [] IS NULL OR area_code = ANY(%(areas)s))
ORDER BY block_start_date, area_code, setting_code, version_number DESC
