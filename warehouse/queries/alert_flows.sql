-- Flows into or out of one area, added up by block, each as of the end of its block; none where one of them was refused.
-- Of what is estimated at several levels the widest that do not overlap, which are seldom refused.
SELECT
    m.block_start_date AS period_start_date,
    CASE WHEN bool_and(m.point_count IS NOT NULL) THEN sum(m.point_count) END AS point_count,
    CASE
        WHEN bool_and(m.point_count IS NOT NULL)
            -- Of the log of the sum; 3.92 standard deviations from end to end of a 95 %% interval.
            THEN sum(((m.upper_count - m.lower_count) / 3.92) ^ 2) / nullif(sum(m.point_count), 0) ^ 2
    END AS specific_variance_value,
    coalesce(min(v.completeness_share), 0) AS completeness_share,
    min(m.refusal_code) AS refusal_code,
    min(m.estimator_version) AS estimator_version,
    min(m.models ->> 'linkage') AS linkage
FROM est.movement AS m
LEFT JOIN est.volume AS v
    ON
        m.vintage_date = v.vintage_date
        AND m.block_start_date = v.period_start_date
        AND v.period_code = 'block'
        AND v.area_code = %(area)s
        AND v.setting_code = 'all'
WHERE m.vintage_date = m.block_start_date + 27
    AND m.block_start_date BETWEEN %(first)s AND %(last)s
    AND m.origin_code <> m.destination_code
    AND CASE %(series)s WHEN 'arrivals' THEN m.destination_code ELSE m.origin_code END = %(area)s
    AND CASE %(series)s WHEN 'arrivals' THEN m.origin_code ELSE m.destination_code END = ANY (%(others)s)
GROUP BY m.block_start_date
ORDER BY m.block_start_date;
