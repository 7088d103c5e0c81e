-- All areas with their facts.
SELECT area_code, area_name, level_code, parent_code, population_count, latitude, longitude
FROM release.area
ORDER BY area_code
