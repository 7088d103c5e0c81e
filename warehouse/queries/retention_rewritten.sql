-- The last day on which the tables were written anew.
SELECT max(day_date) AS day_date FROM core.receipt WHERE kind_code = 'retention' AND starts_with(subject, 'rewrite/')
