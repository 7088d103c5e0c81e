-- Contacts of houses and agencies: several texts at once on one source, and a listing that is present and names it.
SELECT count(*)::integer AS contact_count
FROM core.shared_contact AS c
WHERE c.epoch_code = %(epoch)s AND c.from_date <= %(day)s AND c.reason_code = 'texts'
    AND EXISTS (
        SELECT
        FROM core.listing_version AS v
        JOIN core.sighting AS s ON s.listing_id = v.listing_id AND s.day_date = %(day)s
        WHERE v.contact_keys @> ARRAY[c.contact_key] AND v.read_date <= %(day)s
            AND NOT EXISTS (
                SELECT FROM core.listing_version AS n
                WHERE n.listing_id = v.listing_id AND n.read_date > v.read_date AND n.read_date <= %(day)s
            )
    )
