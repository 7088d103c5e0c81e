-- Days to know of when linking one: those with a load and those linked, from the epoch's start on. `loads` is how many
-- loads there are up to the day, what was carried from before the start included; `linked` how many there were when it
-- was linked, NULL where it never was.
WITH epoch AS (
    SELECT
        coalesce((SELECT e.start_date FROM core.epoch AS e WHERE e.epoch_code = %(epoch)s), %(start)s) AS start_date,
        coalesce((SELECT e.first_date FROM core.epoch AS e WHERE e.epoch_code = %(epoch)s), %(start)s) AS first_date
),
load AS (
    SELECT r.day_date FROM core.receipt AS r, epoch AS e WHERE r.kind_code = 'load' AND r.day_date >= e.first_date
),
day AS (
    SELECT l.day_date FROM load AS l, epoch AS e WHERE l.day_date BETWEEN e.start_date AND %(day)s
    UNION
    SELECT d.day_date FROM core.linked_day AS d WHERE d.epoch_code = %(epoch)s
    UNION
    SELECT %(day)s
)
SELECT
    d.day_date,
    (SELECT count(*)::integer FROM load AS l WHERE l.day_date <= d.day_date) AS loads,
    k.load_count AS linked
FROM day AS d
LEFT JOIN core.linked_day AS k ON k.epoch_code = %(epoch)s AND k.day_date = d.day_date
ORDER BY d.day_date
