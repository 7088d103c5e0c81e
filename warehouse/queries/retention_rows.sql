SELECT table_name, row_count FROM core.purge_rows(%(before)s)
