INSERT INTO core.key_check (key_name, check_key) VALUES (%(name)s, %(check)s) ON CONFLICT DO NOTHING
