DELETE FROM core.shared_contact
WHERE epoch_code = %(epoch)s AND from_date = %(day)s AND contact_key <> ALL (%(contact_keys)s::bytea[])
