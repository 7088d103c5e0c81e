"""What a night leaves behind for whoever keeps watch: log lines, a report of each day's run, and metrics.

None of it holds anything about a listing or a person: fields, labels and their values come from closed lists. None of it
may stop a stage either: what cannot be written is not written.
"""
