-- A person has looked: what was in doubt, or refused, is sent or due again. What is under way is left alone.
UPDATE post.sending AS s
SET state_code = %(state)s
WHERE s.day_date = %(day)s AND s.state_code = ANY (%(former)s)
    AND (s.state_code <> 'begun' OR s.begun_at < now() - %(patience)s)
