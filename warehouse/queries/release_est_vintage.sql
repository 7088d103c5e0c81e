-- How a vintage was made.
SELECT inputs, estimator_version, seed
FROM est.vintage
WHERE vintage_date = %(day)s
