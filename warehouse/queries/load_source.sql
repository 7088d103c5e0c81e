INSERT INTO core.source (source_code, source_group_code) VALUES (%(source)s, %(source_group)s)
ON CONFLICT (source_code) DO UPDATE SET source_group_code = excluded.source_group_code
WHERE core.source.source_group_code <> excluded.source_group_code
