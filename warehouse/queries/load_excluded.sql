SELECT contact_key FROM core.exclusion WHERE epoch_code = %(epoch)s
