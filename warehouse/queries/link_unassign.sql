DELETE FROM core.identity_member AS m
WHERE m.from_date = %(day)s
    AND EXISTS (SELECT FROM core.listing AS l WHERE l.listing_id = m.listing_id AND l.epoch_code = %(epoch)s)
    AND NOT EXISTS (
        SELECT FROM unnest(%(listing_ids)s::integer[]) AS n (listing_id) WHERE n.listing_id = m.listing_id
    )
