DELETE FROM core.text_tie AS t
WHERE t.from_date = %(day)s
    AND EXISTS (SELECT FROM core.listing AS l WHERE l.listing_id = t.first_id AND l.epoch_code = %(epoch)s)
    AND NOT EXISTS (SELECT FROM staged_tie AS n WHERE n.first_id = t.first_id AND n.second_id = t.second_id)
