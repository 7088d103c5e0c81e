-- End the present segment of the log, so that it is kept, and give the name of the last one that is whole.
SELECT pg_walfile_name(pg_switch_wal() - 1)
