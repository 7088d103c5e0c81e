SELECT list_name, count(DISTINCT (week_start_date, area_code))::int AS cells, max(week_start_date) AS latest
FROM est.external_list
GROUP BY list_name
ORDER BY list_name
