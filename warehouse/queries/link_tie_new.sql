SELECT t.first_id, t.second_id FROM core.text_tie AS t JOIN core.listing AS l ON l.listing_id = t.first_id
WHERE t.from_date = %(day)s AND l.epoch_code = %(epoch)s
