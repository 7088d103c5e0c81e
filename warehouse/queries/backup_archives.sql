-- Whether the running server keeps its log.
SELECT current_setting('archive_mode') = 'on'
