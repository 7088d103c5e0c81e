MERGE INTO core.text_tie AS t
USING staged_tie AS n
ON t.first_id = n.first_id AND t.second_id = n.second_id
WHEN MATCHED AND t.from_date > %(day)s THEN UPDATE SET from_date = %(day)s
WHEN NOT MATCHED THEN INSERT (first_id, second_id, from_date) VALUES (n.first_id, n.second_id, %(day)s)
