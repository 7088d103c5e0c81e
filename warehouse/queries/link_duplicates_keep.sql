INSERT INTO core.duplicate_day AS d (epoch_code, day_date, kind_code, listing_count)
SELECT %(epoch)s, %(day)s, n.kind_code, n.listing_count
FROM unnest(%(kind_codes)s::text[], %(listing_counts)s::integer[]) AS n (kind_code, listing_count)
ON CONFLICT (epoch_code, day_date, kind_code) DO UPDATE SET listing_count = excluded.listing_count
WHERE d.listing_count <> excluded.listing_count
