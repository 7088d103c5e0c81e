-- Receipts of each kind: how many, over which days, how many rows.
SELECT kind_code AS kind, count(*)::integer AS receipts, min(day_date) AS first_day, max(day_date) AS last_day,
       sum(row_count)::integer AS rows
FROM core.receipt
GROUP BY kind_code
ORDER BY kind_code;
