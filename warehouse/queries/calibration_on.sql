SELECT kind_code AS kind, audited_date, point_value AS point, standard_error_value AS standard_error, sample_count, source_code
FROM est.audit
WHERE audited_date <= %(day)s
ORDER BY audit_id
