-- What a vintage shares, and which estimator made it.
SELECT inputs, estimator_version FROM est.vintage WHERE vintage_date = %(day)s AND inputs <> '{}'::jsonb
