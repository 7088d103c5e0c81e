-- How completely each source was seen in each week of some days, from crawl logs only. A source counts from its first crawl to
-- its last; a day between them without a crawl is a day on which nothing was seen.
WITH followed AS (
    SELECT source_code, min(day_date) AS first_date, max(day_date) AS last_date
    FROM core.crawl
    GROUP BY source_code
),
seen AS (
    SELECT
        date_trunc('week', d.day_date)::date AS week_start_date,
        f.source_code,
        coalesce(c.completeness_share, 0) AS completeness_share
    FROM generate_series(%(first)s::date, %(last)s::date, interval '1 day') AS d (day_date)
    INNER JOIN followed AS f ON d.day_date BETWEEN f.first_date AND f.last_date
    LEFT JOIN core.crawl AS c ON f.source_code = c.source_code AND d.day_date = c.day_date
),
by_source AS (
    SELECT week_start_date, source_code, avg(completeness_share) AS mean_share, count(*) AS days
    FROM seen
    GROUP BY week_start_date, source_code
)
SELECT
    week_start_date,
    (sum(mean_share * days) / sum(days))::double precision AS completeness_share,
    min(mean_share)::double precision AS least_share
FROM by_source
GROUP BY week_start_date
ORDER BY week_start_date
