-- Unprotected figures of staying and moving on of a vintage; those of the block's flows are told by the flows.
SELECT
    block_start_date,
    figure_code,
    area_code,
    identity_count,
    cell_number,
    part_count,
    part_cell_number,
    point_value,
    lower_value,
    upper_value,
    refusal_code
FROM est.movement_figure
WHERE vintage_date = %(day)s AND figure_code NOT IN ('arrival_share', 'departure_share')
ORDER BY block_start_date, figure_code, area_code
