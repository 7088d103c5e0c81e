INSERT INTO core.crawl (
    source_code, day_date, state_code, reason, page_expected_count, page_fetched_count, listing_present_count,
    listing_read_count, parse_failure_count, completeness_share, spider_version, index_page_expected_count,
    index_page_fetched_count, index_pages_missing, listing_stated_count, listing_unchanged_count,
    is_trusted, listing_before_count, listing_stayed_count, expiry_day_count
) VALUES (
    %(source)s, %(day)s, %(state)s, %(reason)s, %(pages_expected)s, %(pages_fetched)s, %(listings_present)s,
    %(listings_read)s, %(parse_failures)s, %(completeness)s, %(spider_version)s, %(index_pages_expected)s,
    %(index_pages_fetched)s, %(index_pages_missing)s, %(listings_stated)s, %(listings_unchanged)s,
    %(is_trusted)s, %(listings_before)s,
    %(listings_stayed)s, %(expires_after_days)s
)
