-- The last week up to a day that was seen through other sources, or estimated in another way, than the week before it.
SELECT max(period_start_date) AS since_date
FROM est.trend
WHERE period_code = 'week' AND is_break AND vintage_date <= %(day)s
HAVING max(period_start_date) IS NOT NULL;
