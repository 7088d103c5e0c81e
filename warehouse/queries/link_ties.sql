SELECT t.first_id, t.second_id, t.from_date
FROM unnest(%(ids)s::integer[]) AS c (listing_id)
CROSS JOIN LATERAL (
    (
        SELECT t.first_id, t.second_id, t.from_date FROM core.text_tie AS t
        WHERE t.first_id = c.listing_id AND t.from_date <= %(day)s
        OFFSET 0
    )
    UNION ALL
    (
        SELECT t.first_id, t.second_id, t.from_date FROM core.text_tie AS t
        WHERE t.second_id = c.listing_id AND t.from_date <= %(day)s
        OFFSET 0
    )
) AS t
