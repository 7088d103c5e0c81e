SELECT check_key FROM core.key_check WHERE key_name = %(name)s
