SELECT core.recognise_listings(%(new_keys)s::bytea[], %(former_keys)s::bytea[])
