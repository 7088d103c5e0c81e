-- Of a week the last vintage: sightings that came late are in it.
SELECT DISTINCT ON (area_code) area_code, overlap
FROM est.volume
WHERE period_code = 'week' AND period_start_date = %(week_start)s AND setting_code = 'all'
ORDER BY area_code, vintage_date DESC
