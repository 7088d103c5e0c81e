-- Forget what was sent of digests from before a day.
DELETE FROM post.sending AS s WHERE s.day_date < %(before)s
