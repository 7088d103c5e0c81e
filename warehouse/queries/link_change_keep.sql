INSERT INTO core.identity_change (epoch_code, day_date, former_id, identity_id, kind_code, listing_count)
SELECT %(epoch)s, %(day)s, n.former_id, n.identity_id, n.kind_code, n.listing_count
FROM unnest(%(former_ids)s::integer[], %(identity_ids)s::integer[], %(kind_codes)s::text[], %(listing_counts)s::integer[])
    AS n (former_id, identity_id, kind_code, listing_count)
