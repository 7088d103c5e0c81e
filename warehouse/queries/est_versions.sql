-- What was read of these listings up to a day, one array a column; days count from the first of the window and may lie
-- before it; codes stand in one text with a space between, - for none; the beginning of a text's pseudonym tells it from others.
SELECT
    array_agg(v.listing_id) AS listing_ids,
    array_agg(v.read_date - %(first)s::date) AS days,
    string_agg(coalesce(v.area_codes[1], '-'), ' ') AS area_codes,
    string_agg(coalesce(v.language_code, '-'), ' ') AS language_codes,
    array_agg(v.language_probability) AS language_probabilities,
    array_agg(array_position(%(settings)s::text[], v.setting_code) - 1) AS settings,
    array_agg(v.setting_probability) AS setting_probabilities,
    array_agg(substring(v.content_key, 1, 8)::bigint) AS content_keys
FROM core.listing_version AS v
WHERE v.read_date <= %(day)s AND v.listing_id = ANY (%(listings)s::integer[])
HAVING count(*) > 0;
