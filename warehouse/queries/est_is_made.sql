SELECT 1 FROM est.volume WHERE vintage_date = %(day)s LIMIT 1
