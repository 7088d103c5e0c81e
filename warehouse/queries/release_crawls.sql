-- How well each known source could be seen on a day; a source without a crawl is missing, not empty.
SELECT
    %(day)s::date AS day_date,
    s.source_code,
    s.source_group_code,
    coalesce(c.state_code, 'missing') AS state_code,
    coalesce(c.reason, 'not_crawled') AS reason_code,
    coalesce(c.completeness_share, 0) AS completeness_share
FROM core.source AS s
LEFT JOIN core.crawl AS c ON s.source_code = c.source_code AND c.day_date = %(day)s
ORDER BY s.source_code
