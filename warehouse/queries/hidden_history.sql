-- What the others said of each hidden source group, by week, of the weeks before a day, as of the end of each week.
SELECT
    week_start_date,
    group_code AS hidden,
    true_count AS "true",
    point_count AS point,
    lower_count AS lower,
    upper_count AS upper,
    delta_value AS delta,
    needed_delta_value AS needed_delta,
    refusal_code AS refusal
FROM est.hidden
WHERE week_start_date BETWEEN %(first)s AND %(last)s AND vintage_date = week_start_date + 6
ORDER BY week_start_date, group_code;
