-- The newest effect of each event and outcome as known on a day.
SELECT DISTINCT ON (event_code, outcome_code)
    event_code,
    until_date,
    outcome_code,
    area_code,
    status_code,
    reason_code,
    effect_code,
    verdict_code,
    ratio_value,
    lower_ratio_value,
    upper_ratio_value,
    detectable_fall_value,
    detectable_rise_value,
    change_count,
    lower_change_count,
    upper_change_count,
    neighbour_codes,
    neighbour_change_count,
    lower_neighbour_change_count,
    upper_neighbour_change_count,
    displaced_value,
    before_count,
    after_count,
    comparator_count,
    placebo_count,
    beyond_count
FROM release.policy_effect
WHERE vintage_date <= %(day)s
ORDER BY event_code, outcome_code, until_date DESC, version_number DESC
