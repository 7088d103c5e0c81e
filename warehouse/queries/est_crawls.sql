-- How completely each source was seen on each day of the window, and since when it has been crawled at all.
SELECT
    s.source_code,
    s.source_group_code,
    f.since_date,
    c.day_date,
    c.completeness_share,
    c.expiry_day_count
FROM core.source AS s
JOIN (
    SELECT source_code, min(day_date) AS since_date
    FROM core.crawl
    WHERE day_date <= %(day)s
    GROUP BY source_code
) AS f ON f.source_code = s.source_code
LEFT JOIN core.crawl AS c ON c.source_code = s.source_code AND c.day_date BETWEEN %(first)s AND %(day)s
ORDER BY s.source_code, c.day_date;
