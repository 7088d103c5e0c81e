INSERT INTO core.linked_day AS d (epoch_code, day_date, load_count) VALUES (%(epoch)s, %(day)s, %(loads)s)
ON CONFLICT (epoch_code, day_date) DO UPDATE SET load_count = excluded.load_count
WHERE d.load_count <> excluded.load_count
