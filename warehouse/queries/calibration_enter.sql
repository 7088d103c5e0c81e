-- The same as what holds for that day already is no news.
INSERT INTO est.audit (kind_code, source_code, audited_date, point_value, standard_error_value, sample_count)
SELECT %(kind)s::text, %(source_code)s::text, %(audited_date)s, %(point)s, %(standard_error)s, %(sample_count)s
WHERE (%(point)s::float8, %(standard_error)s::float8, %(sample_count)s::int) IS DISTINCT FROM (
    SELECT ROW (point_value, standard_error_value, sample_count)
    FROM est.audit
    WHERE kind_code = %(kind)s AND source_code IS NOT DISTINCT FROM %(source_code)s::text AND audited_date = %(audited_date)s
    ORDER BY audit_id DESC
    LIMIT 1
)
