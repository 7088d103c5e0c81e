-- Weekly levels of one area, each as of the end of its week, with what its calibration was. A week that an external list
-- took part in also counts who is on no source: another population, so for a comparison it has no figure.
SELECT
    period_start_date,
    CASE WHEN NOT 'external_list' = ANY (warnings) THEN point_count END AS point_count,
    specific_variance_value,
    completeness_share,
    coalesce(refusal_code, CASE WHEN 'external_list' = ANY (warnings) THEN 'external_list' END) AS refusal_code,
    (models #>> '{kappa,1}')::double precision AS kappa,
    (models ->> 'active_share')::double precision AS active_share,
    jsonb_build_array(models -> 'kappa', models -> 'ghost_lag_days') AS calibration
FROM est.volume
WHERE period_code = 'week'
    AND area_code = %(area)s
    AND setting_code = 'all'
    AND vintage_date = period_start_date + 6
    AND period_start_date BETWEEN %(first)s AND %(last)s
ORDER BY period_start_date;
