SELECT max(day_date) FROM core.crawl
