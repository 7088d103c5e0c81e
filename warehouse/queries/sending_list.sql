-- Sendings of digests from a day on; one that was begun a moment ago is under way, later its end is in doubt.
SELECT
    s.day_date, s.kind_code, s.version_number, s.recipient_digest, s.state_code,
    s.state_code = 'begun' AND s.begun_at < now() - %(patience)s AS is_doubtful
FROM post.sending AS s
WHERE s.day_date >= %(since)s
ORDER BY s.day_date, s.kind_code, s.version_number, s.recipient_digest
