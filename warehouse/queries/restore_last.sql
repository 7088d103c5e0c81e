-- When the last transaction that was replayed had committed.
SELECT pg_last_xact_replay_timestamp()
