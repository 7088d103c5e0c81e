-- The last day on which retention ran to its end, or else the first of which anything is kept.
SELECT coalesce(
    (SELECT max(r.day_date) FROM core.receipt AS r WHERE r.kind_code = 'retention' AND r.subject LIKE 'run/%%'),
    (SELECT min(c.day_date) FROM core.crawl AS c)
) AS day_date
