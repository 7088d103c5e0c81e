INSERT INTO core.linked_day (epoch_code, day_date) VALUES (%(epoch)s, %(day)s) ON CONFLICT DO NOTHING
