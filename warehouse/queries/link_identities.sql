INSERT INTO core.identity (epoch_code, record_number)
SELECT %(epoch)s, n.record_number
FROM unnest(%(record_numbers)s::bigint[]) AS n (record_number)
WHERE NOT EXISTS (
    SELECT FROM core.identity AS i WHERE i.epoch_code = %(epoch)s AND i.record_number = n.record_number
)
ORDER BY n.record_number
