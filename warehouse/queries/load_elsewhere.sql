SELECT 1 FROM core.receipt WHERE kind_code = 'load' AND digest = %(digest)s LIMIT 1
