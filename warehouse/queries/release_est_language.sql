-- Unprotected languages of a vintage.
SELECT
    block_start_date,
    area_code,
    language_code,
    identity_count,
    largest_share,
    cell_number
FROM est.language
WHERE vintage_date = %(day)s
ORDER BY block_start_date, area_code, language_code
