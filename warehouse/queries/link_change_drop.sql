DELETE FROM core.identity_change WHERE epoch_code = %(epoch)s AND day_date = %(day)s
