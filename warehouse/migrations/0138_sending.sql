-- Why: a digest goes to each recipient once, also when the sender is killed half-way: what was begun is written down before the
-- mail server hears of it. Undo: DROP SCHEMA post CASCADE; DROP OWNED BY mailer; DROP ROLE mailer.
-- The role belongs to the whole server: the embedded server makes it with a password; elsewhere it is made here, without.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'mailer') THEN
        CREATE ROLE mailer;
    END IF;
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO mailer', current_database());
END
$$;

CREATE SCHEMA post;
COMMENT ON SCHEMA post IS
    'What was sent by mail, to whom as a digest only; 13 weeks. Never readable by readers of figures, nor by any other domain.';

CREATE TABLE post.sending (
    day_date date NOT NULL,
    kind_code text NOT NULL CHECK (kind_code IN ('dagbericht', 'hulpverlening')),
    version_number integer NOT NULL CHECK (version_number >= 1),
    recipient_digest bytea NOT NULL CHECK (octet_length(recipient_digest) = 32),
    state_code text NOT NULL DEFAULT 'due' CHECK (state_code IN ('due', 'begun', 'sent', 'refused')),
    attempt_count integer NOT NULL DEFAULT 0,
    reply_number integer CHECK (reply_number BETWEEN 200 AND 599),
    begun_at timestamptz,
    PRIMARY KEY (day_date, kind_code, version_number, recipient_digest)
);
COMMENT ON TABLE post.sending IS 'One row for each digest and recipient: whether its mail was handed to the mail server.';
COMMENT ON COLUMN post.sending.day_date IS 'Day that the digest is about.';
COMMENT ON COLUMN post.sending.kind_code IS 'dagbericht: for supervision | hulpverlening: for outreach.';
COMMENT ON COLUMN post.sending.version_number IS '1 when first released; a correction is a digest of its own.';
COMMENT ON COLUMN post.sending.recipient_digest IS
    'SHA-256 of the digest''s name and the mail address; no pseudonym, for who knows an address can make it.';
COMMENT ON COLUMN post.sending.state_code IS
    'due: to be sent | begun: told to the server, its answer not known | sent: accepted | refused: for good.';
COMMENT ON COLUMN post.sending.attempt_count IS 'How often the sending was begun.';
COMMENT ON COLUMN post.sending.reply_number IS 'The mail server''s last answer (RFC 5321), 200 to 599; NULL where there was none.';
COMMENT ON COLUMN post.sending.begun_at IS 'When it was last begun; NULL before the first time.';

GRANT USAGE ON SCHEMA post TO mailer;
GRANT SELECT, INSERT, UPDATE, DELETE ON post.sending TO mailer;
