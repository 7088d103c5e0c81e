INSERT INTO core.crawl (
    source_code, day_date, state_code, reason, page_expected_count, page_fetched_count, listing_present_count,
    listing_read_count, parse_failure_count, completeness_share, spider_version
) VALUES (
    %(source)s, %(day)s, %(state)s, %(reason)s, %(pages_expected)s, %(pages_fetched)s, %(listings_present)s,
    %(listings_read)s, %(parse_failures)s, %(completeness)s, %(spider_version)s
)
