SELECT DISTINCT ON (area_code, list_name) week_start_date AS week_start, area_code, list_name, overlap
FROM est.external_list
WHERE week_start_date = %(week_start)s
ORDER BY area_code, list_name, external_list_id DESC
