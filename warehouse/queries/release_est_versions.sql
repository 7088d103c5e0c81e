-- Estimator versions behind a vintage.
SELECT DISTINCT estimator_version
FROM est.volume
WHERE vintage_date = %(day)s
ORDER BY estimator_version
