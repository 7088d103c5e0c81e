"""Settings of the embedded server: its own socket only, a log that holds no value, and what keeping the log needs."""

from collections.abc import Mapping

OPTIONS: Mapping[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "80",  # Airflow's processes take about 40
    "shared_buffers": "64MB",
    "max_wal_size": "512MB",
    "min_wal_size": "32MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    # A segment of the log is deleted once it is not needed: kept for later use, it would hold what was erased.
    "wal_recycle": "off",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Errors and statements carry values: the log tells of starts, stops and crashes only (PRIVACY P4).
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_checkpoints": "off",
    "log_connections": "",
    "log_disconnections": "off",
    "log_lock_waits": "off",
    "log_autovacuum_min_duration": "-1",
    "log_min_duration_statement": "-1",
    "log_parameter_max_length_on_error": "0",
    "log_temp_files": "-1",
}

# Once there is a folder `archive` beside the data, the log is kept there, so that any moment can be brought back. The
# archiver stands in the data folder. A segment that is there already was kept before the server was killed. Each stop of
# the server begins another of 16 MB, nearly all zeros: what is not there takes no place on the disk.
ARCHIVING: Mapping[str, str] = {
    "wal_level": "replica",
    "max_wal_senders": "3",
    "archive_mode": "on",
    "archive_command": "cd ../archive && if test -f %f; then cmp -s ../data/%p %f; "
    "else cp --sparse=always ../data/%p .%f.part && sync .%f.part && mv .%f.part %f; fi",
}
