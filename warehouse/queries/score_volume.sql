-- Released volume of some areas: all weeks and blocks in a range, and its last day.
SELECT v.period_code, v.period_start_date, v.area_code, a.area_name, v.setting_code, v.status_code, v.reason_code,
       v.advertiser_count, v.lower_count, v.upper_count
FROM release.volume v
JOIN release.area a USING (area_code)
WHERE v.area_code = ANY (%(areas)s)
  AND v.period_start_date BETWEEN %(first)s AND %(last)s
  AND (v.period_code <> 'day' OR v.period_start_date = %(last)s)
  AND v.version_number = (SELECT max(w.version_number) FROM release.volume w
                          WHERE (w.period_code, w.period_start_date, w.area_code, w.setting_code)
                              = (v.period_code, v.period_start_date, v.area_code, v.setting_code))
ORDER BY v.area_code DESC, v.setting_code, array_position(ARRAY['week', 'day', 'block'], v.period_code), v.period_start_date;
