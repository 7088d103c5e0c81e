-- Why: a source that takes advertisements away so many days after their last refresh bounds how long a ghost is seen
-- (STATISTICS 2B). Undo: ALTER TABLE core.crawl DROP COLUMN expiry_day_count.
ALTER TABLE core.crawl ADD COLUMN expiry_day_count integer CHECK (expiry_day_count > 0);
COMMENT ON COLUMN core.crawl.expiry_day_count IS
    'Days after its last refresh on which the source takes an advertisement away, as its contract declared; NULL where it did not.';
