-- A custom table of released cells.
SELECT
    period_code,
    period_start_date,
    area_code,
    setting_code,
    status_code,
    reason_code,
    advertiser_count,
    lower_count,
    upper_count,
    warnings
FROM release.tabulate(%(by)s, %(start)s, %(end)s, %(areas)s, %(settings)s)
