-- Name a week of open data by hand.
INSERT INTO release.open_week (week_start_date, vintage_date, status_code, reason_code)
VALUES (%(week)s, %(week)s, CASE %(reason)s::text WHEN '' THEN 'released' ELSE 'absent' END, %(reason)s)
