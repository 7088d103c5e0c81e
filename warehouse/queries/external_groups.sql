SELECT DISTINCT source_group_code FROM core.source ORDER BY source_group_code
