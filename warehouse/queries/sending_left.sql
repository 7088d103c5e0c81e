-- How many sendings are known, and the oldest day among them.
SELECT count(*) AS row_count, min(s.day_date) AS oldest_date FROM post.sending AS s
