-- A reading that says the same as the one before it adds nothing: a version holds until a later reading differs.
MERGE INTO core.listing_version AS v
USING (
    SELECT l.listing_id, s.*
    FROM staged_row AS s
    JOIN core.listing AS l
        ON l.epoch_code = %(epoch)s AND l.source_code = %(source)s AND l.listing_key = s.listing_key
    LEFT JOIN LATERAL (
        SELECT p.area_codes, p.area_probabilities, p.language_code, p.language_probability, p.setting_code,
            p.setting_probability, p.contact_keys, p.content_key, p.sketch, p.pipeline_version
        FROM core.listing_version AS p
        WHERE p.listing_id = l.listing_id AND p.read_date < %(day)s
        ORDER BY p.read_date DESC
        LIMIT 1
    ) AS p ON true
    WHERE (p.area_codes, p.area_probabilities, p.language_code, p.language_probability, p.setting_code,
            p.setting_probability, p.contact_keys, p.content_key, p.sketch, p.pipeline_version)
        IS DISTINCT FROM
        (s.area_codes, s.area_probabilities, s.language_code, s.language_probability, s.setting_code,
            s.setting_probability, s.contact_keys, s.content_key, s.sketch, s.pipeline_version)
    ORDER BY l.listing_id
) AS s
ON v.listing_id = s.listing_id AND v.read_date = %(day)s
WHEN NOT MATCHED THEN INSERT (
    listing_id, read_date, area_codes, area_probabilities, language_code, language_probability, setting_code,
    setting_probability, contact_keys, content_key, sketch, pipeline_version
) VALUES (
    s.listing_id, %(day)s, s.area_codes, s.area_probabilities, s.language_code, s.language_probability, s.setting_code,
    s.setting_probability, s.contact_keys, s.content_key, s.sketch, s.pipeline_version
)
