SELECT digest FROM core.receipt WHERE kind_code = 'load' AND subject = %(subject)s
