SELECT core.recognise_contacts(%(epoch)s, %(new_keys)s::bytea[], %(former_keys)s::bytea[])
