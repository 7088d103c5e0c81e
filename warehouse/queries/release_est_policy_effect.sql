-- Effects that the release of a day tells, as in release_est_policy_event, with what readers know of the figures behind them.
-- Weeks are those of warehouse.policy_cases.Window: 104 before the week of the event and 26 after the last in which it may have
-- happened; of a setting, the blocks in them. A period counts as hidden where it had a figure and its last version is not published.
WITH dated AS (
    SELECT
        f.*,
        e.area_code AS town_code,
        e.area_code || '-' || e.policy_event_id AS event_code,
        date_trunc('week', e.event_date)::date AS event_week,
        date_trunc(
            'week',
            CASE e.precision_code
                WHEN 'day' THEN e.event_date + interval '6 days'
                WHEN 'month' THEN e.event_date + interval '1 month' + interval '5 days'
                ELSE e.event_date + interval '1 year' + interval '5 days'
            END
        )::date AS after_week
    FROM est.policy_effect AS f
    INNER JOIN est.policy_event AS e USING (policy_event_id)
    WHERE f.vintage_date <= %(day)s
),

due AS (
    SELECT d.*
    FROM dated AS d
    WHERE EXISTS (
        SELECT FROM release.policy_effect AS r
        WHERE r.event_code = d.event_code
            AND r.until_date = d.vintage_date
            AND r.outcome_code = d.outcome_code
            AND r.vintage_date = %(day)s
    )
    OR (
        NOT EXISTS (
            SELECT FROM release.policy_effect AS r
            WHERE r.event_code = d.event_code
                AND r.until_date = d.vintage_date
                AND r.outcome_code = d.outcome_code
        )
        AND NOT EXISTS (SELECT FROM release.edition AS x WHERE x.kind_code = 'daily' AND x.vintage_date >= %(day)s)
    )
),

-- One row for each period with a figure behind an effect: of the area itself, and of each neighbour.
period AS (
    SELECT d.event_code, d.vintage_date, d.outcome_code, v.area_code, 'week' AS period_code, v.period_start_date,
        v.area_code <> d.town_code AS is_neighbour, d.event_week, d.after_week
    FROM due AS d
    INNER JOIN est.volume AS v
        ON d.outcome_code = 'all'
            AND v.period_code = 'week'
            AND v.setting_code = 'all'
            AND v.area_code = ANY (d.town_code || d.neighbour_codes)
            AND v.point_count IS NOT NULL
            AND v.vintage_date = v.period_start_date + 6
            AND v.vintage_date <= d.vintage_date
            AND v.period_start_date BETWEEN d.event_week - 728 AND d.after_week + 175
    UNION ALL
    SELECT d.event_code, d.vintage_date, d.outcome_code, s.area_code, 'block', s.block_start_date,
        false, d.event_week, d.after_week
    FROM due AS d
    INNER JOIN est.share AS s
        ON d.outcome_code <> 'all'
            AND s.kind_code = 'setting'
            AND s.label_code = d.outcome_code
            AND s.area_code = d.area_code
            AND s.point_share IS NOT NULL
            AND s.vintage_date = s.block_start_date + 27
            AND s.vintage_date <= d.vintage_date
            AND s.block_start_date BETWEEN d.event_week - 755 AND d.after_week + 175
),

told AS (
    SELECT
        p.event_code,
        p.vintage_date,
        p.outcome_code,
        count(*) FILTER (WHERE NOT p.is_neighbour AND r.advertiser_count IS NULL) AS hidden_count,
        count(*) FILTER (WHERE p.is_neighbour AND r.advertiser_count IS NULL) AS hidden_neighbour_count,
        avg(r.advertiser_count) FILTER (WHERE NOT p.is_neighbour AND p.period_start_date >= p.after_week)
            AS level_count
    FROM period AS p
    LEFT JOIN LATERAL (
        SELECT v.advertiser_count
        FROM release.volume AS v
        WHERE v.period_code = p.period_code
            AND v.period_start_date = p.period_start_date
            AND v.area_code = p.area_code
            AND v.setting_code = p.outcome_code
        ORDER BY v.version_number DESC
        LIMIT 1
    ) AS r ON true
    WHERE p.period_start_date < p.event_week OR p.period_start_date >= p.after_week
    GROUP BY p.event_code, p.vintage_date, p.outcome_code
)

SELECT
    d.event_code,
    d.vintage_date AS until_date,
    d.outcome_code,
    d.area_code,
    d.before_count,
    d.after_count,
    cardinality(d.comparator_codes) AS comparator_count,
    d.neighbour_codes,
    d.detectable_fall_value,
    d.detectable_rise_value,
    d.ratio_value,
    d.lower_ratio_value,
    d.upper_ratio_value,
    d.is_demonstrable,
    d.placebo_count,
    d.beyond_count,
    d.change_value,
    d.lower_change_value,
    d.upper_change_value,
    d.neighbour_change_value,
    d.lower_neighbour_change_value,
    d.upper_neighbour_change_value,
    d.verdict_code,
    d.refusal_code,
    coalesce(t.hidden_count, 0)::integer AS hidden_count,
    coalesce(t.hidden_neighbour_count, 0)::integer AS hidden_neighbour_count,
    t.level_count::double precision AS level_count
FROM due AS d
LEFT JOIN told AS t USING (event_code, vintage_date, outcome_code)
ORDER BY event_code, until_date, outcome_code
