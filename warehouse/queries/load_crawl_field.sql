INSERT INTO core.crawl_field (
    source_code, day_date, field_code, filled_count, numeric_count, length_count, alike_count
) VALUES (%(source)s, %(day)s, %(field)s, %(filled)s, %(numeric)s, %(length)s, %(alike)s)
