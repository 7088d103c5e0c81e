-- The epoch that a day was moved to after it had been taken for one of this epoch; this one itself where it was closed.
SELECT e.epoch_code
FROM core.epoch AS e
WHERE (e.epoch_code = %(epoch)s AND e.closed_date IS NOT NULL)
    OR (
        e.first_date <= %(day)s
        AND e.start_date > (SELECT o.start_date FROM core.epoch AS o WHERE o.epoch_code = %(epoch)s)
    )
ORDER BY e.start_date DESC
LIMIT 1
