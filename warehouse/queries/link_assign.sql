MERGE INTO core.identity_member AS m
USING unnest(%(listing_ids)s::integer[], %(identity_ids)s::integer[]) AS n (listing_id, identity_id)
ON m.listing_id = n.listing_id AND m.from_date = %(day)s
WHEN MATCHED AND m.identity_id <> n.identity_id THEN UPDATE SET identity_id = n.identity_id
WHEN NOT MATCHED THEN INSERT (listing_id, from_date, identity_id) VALUES (n.listing_id, %(day)s, n.identity_id)
