-- Weekly volumes of municipalities and the country, each as of the end of its week; the overlap of the country only.
-- A week that an external list took part in also counts who is on no source: another population, so it has no figure here.
SELECT
    period_start_date,
    area_code,
    setting_code,
    CASE WHEN NOT 'external_list' = ANY (warnings) THEN point_count END AS point_count,
    common_variance_value,
    specific_variance_value,
    CASE WHEN area_code = 'NL' THEN overlap ELSE '{}' END AS overlap,
    estimator_version,
    (models ->> 'delta')::double precision AS delta,
    (models #>> '{kappa,1}')::double precision AS kappa,
    (models ->> 'active_share')::double precision AS active_share,
    jsonb_build_array(models -> 'kappa', models -> 'ghost_lag_days') AS calibration,
    NULL::double precision AS matched_index_value,
    completeness_share
FROM est.volume
WHERE period_code = 'week'
    AND setting_code = 'all'
    AND (area_code = 'NL' OR area_code LIKE 'GM%%')
    AND vintage_date = period_start_date + 6
    AND period_start_date BETWEEN %(first)s AND %(last)s
ORDER BY area_code, period_start_date
