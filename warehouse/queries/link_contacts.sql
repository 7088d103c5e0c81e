-- Contacts that listings ever named, with the first day. LATERAL with OFFSET 0, here and elsewhere in linking: look up each
-- listing in the index, whatever the statistics say; a scan would grow with history.
SELECT c.listing_id, contact.contact_key, min(v.read_date) AS since
FROM unnest(%(ids)s::integer[]) AS c (listing_id)
CROSS JOIN LATERAL (
    SELECT v.read_date, v.contact_keys FROM core.listing_version AS v
    WHERE v.listing_id = c.listing_id AND v.read_date <= %(day)s
    OFFSET 0
) AS v
CROSS JOIN LATERAL unnest(v.contact_keys) AS contact (contact_key)
GROUP BY c.listing_id, contact.contact_key
