-- What is left of rows about single listings, and the oldest day among them where they have one.
SELECT 'sighting' AS kind, count(*) AS row_count, min(day_date) AS oldest_date FROM core.sighting
UNION ALL SELECT 'listing_version', count(*), min(read_date) FROM core.listing_version
UNION ALL SELECT 'listing', count(*), NULL FROM core.listing
UNION ALL SELECT 'identity_member', count(*), min(from_date) FROM core.identity_member
UNION ALL SELECT 'identity_change', count(*), min(day_date) FROM core.identity_change
UNION ALL SELECT 'identity', count(*), NULL FROM core.identity
UNION ALL SELECT 'shared_contact', count(*), min(from_date) FROM core.shared_contact
UNION ALL SELECT 'linked_day', count(*), min(day_date) FROM core.linked_day
UNION ALL SELECT 'exclusion', count(*), NULL FROM core.exclusion
