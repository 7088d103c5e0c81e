-- Volumes of one kind of period up to a day, each as of the end of its period, with the index of matched sources so far.
SELECT
    v.period_start_date,
    v.area_code,
    v.setting_code,
    v.point_count,
    v.common_variance_value,
    v.specific_variance_value,
    v.overlap,
    v.estimator_version,
    (v.models ->> 'delta')::double precision AS delta,
    (v.models #>> '{kappa,1}')::double precision AS kappa,
    (v.models ->> 'active_share')::double precision AS active_share,
    jsonb_build_array(v.models -> 'kappa', v.models -> 'ghost_lag_days') AS calibration,
    t.matched_index_value
FROM est.volume AS v
LEFT JOIN est.trend AS t
    ON
        v.vintage_date = t.vintage_date
        AND v.period_code = t.period_code
        AND v.period_start_date = t.period_start_date
        AND v.area_code = t.area_code
        AND v.setting_code = t.setting_code
WHERE v.period_code = %(period)s
    AND v.vintage_date = v.period_start_date + %(days)s::integer - 1
    AND v.period_start_date BETWEEN %(first)s AND %(last)s
ORDER BY v.area_code, v.setting_code, v.period_start_date;
