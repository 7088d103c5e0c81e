SELECT count(*) FROM core.exclusion WHERE epoch_code = %(epoch)s
