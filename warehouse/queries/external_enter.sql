-- The same as what holds already is no news.
INSERT INTO est.external_list (week_start_date, area_code, list_name, overlap)
SELECT %(week_start)s, %(area_code)s::text, %(list_name)s::text, %(overlap)s
WHERE %(overlap)s::jsonb IS DISTINCT FROM (
    SELECT overlap
    FROM est.external_list
    WHERE week_start_date = %(week_start)s AND area_code = %(area_code)s AND list_name = %(list_name)s
    ORDER BY external_list_id DESC
    LIMIT 1
)
