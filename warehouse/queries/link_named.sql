-- Who ever named these contacts. The day is judged outside of the look-up: inside, its index would be read as well.
SELECT DISTINCT k.contact_key, v.listing_id
FROM unnest(%(contact_keys)s::bytea[]) AS k (contact_key)
CROSS JOIN LATERAL (
    SELECT v.listing_id, v.read_date FROM core.listing_version AS v WHERE v.contact_keys @> ARRAY[k.contact_key] OFFSET 0
) AS v
WHERE v.read_date <= %(day)s
