-- Why: an effect is of a dated event that anybody can look up (STATISTICS 4). Public facts, no person. What the letter of the
-- college of Enschede to its council names is here with what it says: where it gives no date or direction, none is made up.
-- Undo: DROP TABLE.
CREATE TABLE est.policy_event (
    policy_event_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    area_code text NOT NULL CHECK (area_code ~ '^GM[0-9]{4}$'),
    event_date date,
    precision_code text NOT NULL CHECK (precision_code IN ('day', 'month', 'year', 'unknown')),
    event_name text NOT NULL CHECK (length(event_name) BETWEEN 1 AND 200),
    direction_code text NOT NULL CHECK (direction_code IN ('relaxed', 'tightened', 'other')),
    source_name text NOT NULL CHECK (length(source_name) BETWEEN 1 AND 300),
    entered_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE NULLS NOT DISTINCT (area_code, event_date, precision_code, event_name),
    CHECK ((event_date IS NULL) = (precision_code = 'unknown')),
    CHECK (precision_code <> 'month' OR extract(day FROM event_date) = 1),
    CHECK (precision_code <> 'year' OR extract(doy FROM event_date) = 1)
);
COMMENT ON TABLE est.policy_event IS 'Dated events of municipal policy, from public sources.';
COMMENT ON COLUMN est.policy_event.policy_event_id IS 'Order of entry.';
COMMENT ON COLUMN est.policy_event.area_code IS 'Municipality (GM).';
COMMENT ON COLUMN est.policy_event.event_date IS
    'Day on which it took effect; first day of the month or year where no more is known, NULL where nothing is.';
COMMENT ON COLUMN est.policy_event.precision_code IS 'What is known of the date: day | month | year | unknown.';
COMMENT ON COLUMN est.policy_event.event_name IS 'What happened, in Dutch, as the source says.';
COMMENT ON COLUMN est.policy_event.direction_code IS 'relaxed | tightened | other: neither, or the source does not say.';
COMMENT ON COLUMN est.policy_event.source_name IS 'Public source that anybody can look up.';
COMMENT ON COLUMN est.policy_event.entered_at IS 'When it was entered.';
INSERT INTO est.policy_event (area_code, event_date, precision_code, event_name, direction_code, source_name)
SELECT
    e.area_code, e.event_date::date, e.precision_code, 'Beleid voor thuiswerk gewijzigd', 'other',
    'Brief van het college van Enschede aan de raad (na de motie van 17 juli 2023)'
FROM (
    VALUES
    ('GM0106', '2019-01-01', 'year'),
    ('GM0402', '2023-03-08', 'day'),
    ('GM0855', NULL, 'unknown'),
    ('GM0995', NULL, 'unknown'),
    ('GM0153', NULL, 'unknown')
) AS e (area_code, event_date, precision_code);

-- What is estimated may not decide which events there were: an operator enters, as owner.
REVOKE ALL ON est.policy_event FROM estimator, releaser;
GRANT SELECT ON est.policy_event TO estimator;
