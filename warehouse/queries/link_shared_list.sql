SELECT contact_key, from_date FROM core.shared_contact WHERE epoch_code = %(epoch)s AND from_date <= %(day)s
