-- Of these listings, those of one epoch, in one row a source: with the beginning of their pseudonym, the identity (0: none)
-- that they belong to as of a day, and its record number.
SELECT
    l.source_code,
    c.source_group_code,
    array_agg(l.listing_id) AS listing_ids,
    array_agg(substring(l.listing_key, 1, 8)::bigint) AS listing_keys,
    array_agg(coalesce(m.identity_id, 0)) AS identity_ids,
    array_agg(coalesce(i.record_number, 0)) AS record_numbers
FROM core.listing AS l
JOIN core.source AS c ON c.source_code = l.source_code
LEFT JOIN (
    SELECT DISTINCT ON (listing_id) listing_id, identity_id
    FROM core.identity_member
    WHERE listing_id = ANY (%(listings)s::integer[]) AND from_date <= %(linked)s
    ORDER BY listing_id, from_date DESC
) AS m ON m.listing_id = l.listing_id
LEFT JOIN core.identity AS i ON i.identity_id = m.identity_id
WHERE l.listing_id = ANY (%(listings)s::integer[]) AND l.epoch_code = %(epoch)s
GROUP BY l.source_code, c.source_group_code
ORDER BY l.source_code;
