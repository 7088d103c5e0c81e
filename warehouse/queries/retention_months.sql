SELECT month_name, row_count FROM core.purge_month(%(before)s)
