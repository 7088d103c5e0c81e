WITH chosen AS (SELECT unnest(%(ids)s::integer[]) AS listing_id)
SELECT t.first_id, t.second_id FROM chosen AS c JOIN core.text_tie AS t ON t.first_id = c.listing_id
WHERE t.from_date <= %(day)s
UNION
SELECT t.first_id, t.second_id FROM chosen AS c JOIN core.text_tie AS t ON t.second_id = c.listing_id
WHERE t.from_date <= %(day)s
