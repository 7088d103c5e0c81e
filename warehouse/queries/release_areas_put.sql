-- Areas are facts: added when missing, corrected when changed.
INSERT INTO release.area AS a (
    area_code, area_name, level_code, parent_code, population_count, latitude, longitude
)
SELECT area_code, area_name, level_code, parent_code, population_count, latitude, longitude
FROM jsonb_to_recordset(%(areas)s) AS r (
    area_code text,
    area_name text,
    level_code text,
    parent_code text,
    population_count integer,
    latitude double precision,
    longitude double precision
)
ON CONFLICT (area_code) DO UPDATE SET
area_name = excluded.area_name,
level_code = excluded.level_code,
parent_code = excluded.parent_code,
population_count = excluded.population_count,
latitude = excluded.latitude,
longitude = excluded.longitude
WHERE
    (a.area_name, a.level_code, a.parent_code, a.population_count, a.latitude, a.longitude)
    IS DISTINCT FROM (
        excluded.area_name, excluded.level_code, excluded.parent_code,
        excluded.population_count, excluded.latitude, excluded.longitude
    )
