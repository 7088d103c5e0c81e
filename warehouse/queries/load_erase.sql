SELECT core.erase_listings(%(epoch)s, %(source)s, %(listing_keys)s::bytea[])
