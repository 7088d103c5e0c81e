-- How far corrections up to a day moved printed volumes: each corrected row beside the version before it, by release and kind of period.
SELECT
    later.vintage_date,
    later.version_number,
    later.period_code,
    count(*)::integer AS row_count,
    (count(*) FILTER (WHERE later.status_code = 'published' AND earlier.status_code = 'published'))::integer AS compared_count,
    (count(*) FILTER (WHERE later.advertiser_count <> earlier.advertiser_count))::integer AS moved_count,
    (count(*) FILTER (WHERE later.status_code <> earlier.status_code))::integer AS switched_count,
    (count(*) FILTER (WHERE later.advertiser_count NOT BETWEEN earlier.lower_count AND earlier.upper_count))::integer
    AS outside_count,
    avg(abs(later.advertiser_count - earlier.advertiser_count))::double precision AS mean_move_count,
    max(abs(later.advertiser_count - earlier.advertiser_count))::integer AS largest_move_count
FROM release.volume AS later
INNER JOIN release.volume AS earlier
    ON
        later.period_code = earlier.period_code
        AND later.period_start_date = earlier.period_start_date
        AND later.area_code = earlier.area_code
        AND later.setting_code = earlier.setting_code
        AND later.version_number = earlier.version_number + 1
WHERE later.vintage_date <= %(day)s AND later.version_number > 1
GROUP BY later.vintage_date, later.version_number, later.period_code
ORDER BY later.vintage_date DESC, later.version_number DESC, later.period_code
