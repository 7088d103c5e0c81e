-- The last day on which an epoch was closed: its key and the bridge from it were destroyed.
SELECT max(e.closed_date) FROM core.epoch AS e
