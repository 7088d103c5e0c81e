-- What was read, up to the last day, of the listings that were seen in the window.
SELECT
    v.listing_id,
    v.read_date,
    v.area_codes[1] AS area_code,
    v.language_code,
    v.language_probability,
    v.setting_code,
    v.setting_probability,
    v.content_key
FROM core.listing_version AS v
WHERE v.read_date <= %(day)s AND v.listing_id = ANY (%(listings)s)
ORDER BY v.listing_id, v.read_date;
