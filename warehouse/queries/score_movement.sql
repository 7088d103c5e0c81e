-- Released moves from a block on.
SELECT m.block_start_date, m.origin_code, o.area_name AS origin_name, m.destination_code, d.area_name AS destination_name,
       m.status_code, m.reason_code, m.move_count, m.lower_count, m.upper_count
FROM release.movement m
JOIN release.area o ON o.area_code = m.origin_code
JOIN release.area d ON d.area_code = m.destination_code
WHERE m.block_start_date >= %(first)s
  -- Another version may roll up otherwise: rows of two versions never stand beside each other.
  AND m.version_number = (SELECT max(w.version_number) FROM release.movement w
                          WHERE w.block_start_date = m.block_start_date)
ORDER BY m.block_start_date, m.origin_code, m.destination_code;
