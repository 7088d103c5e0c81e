-- Advertisers seen by language of the advertisement text as known on a day: of each block its last version, whole.
SELECT
    block_start_date,
    area_code,
    language_code,
    status_code,
    reason_code,
    advertiser_count
FROM (
    SELECT *, max(version_number) OVER (PARTITION BY block_start_date) AS last_number
    FROM release.language
    WHERE
        block_start_date BETWEEN %(start)s AND %(day)s
        AND vintage_date <= %(day)s
        AND area_code = ANY(%(areas)s)
) AS known
WHERE version_number = last_number
ORDER BY block_start_date, area_code, language_code
