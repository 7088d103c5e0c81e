-- Rows put there by hand: releases (day and version) in any table of figures that the ledger has no entry of.
WITH there AS (
    SELECT 'volume' AS table_name, vintage_date, version_number, 'daily' AS kind_code FROM release.volume
    UNION
    SELECT 'setting_share', vintage_date, version_number, 'daily' FROM release.setting_share
    UNION
    SELECT 'movement', vintage_date, version_number, 'daily' FROM release.movement
    UNION
    SELECT 'language', vintage_date, version_number, 'daily' FROM release.language
    UNION
    SELECT 'quality_day', vintage_date, version_number, 'daily' FROM release.quality_day
    UNION
    SELECT 'alert', vintage_date, version_number, 'daily' FROM release.alert
    UNION
    SELECT 'stay', vintage_date, version_number, 'daily' FROM release.stay
    UNION
    SELECT 'count_step', vintage_date, version_number, 'daily' FROM release.count_step
    UNION
    SELECT 'policy_event', vintage_date, version_number, 'daily' FROM release.policy_event
    UNION
    SELECT 'policy_effect', vintage_date, version_number, 'daily' FROM release.policy_effect
    UNION
    SELECT 'method', vintage_date, version_number, 'daily' FROM release.method
    UNION
    SELECT 'open_week', vintage_date, 1, 'open' FROM release.open_week
    UNION
    SELECT 'open_budget', vintage_date, 1, 'open' FROM release.open_budget
    UNION
    SELECT 'open_figure', vintage_date, 1, 'open' FROM release.open_figure
)

SELECT
    t.table_name,
    t.vintage_date,
    t.version_number
FROM there AS t
WHERE
    NOT EXISTS (
        SELECT
        FROM release.edition AS e
        WHERE
            e.vintage_date = t.vintage_date
            AND e.version_number = t.version_number
            AND e.kind_code = t.kind_code
    )
ORDER BY t.vintage_date, t.version_number, t.table_name
