SELECT i.record_number, i.identity_id
FROM unnest(%(record_numbers)s::bigint[]) AS n (record_number)
JOIN core.identity AS i ON i.epoch_code = %(epoch)s AND i.record_number = n.record_number
