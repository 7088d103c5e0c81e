-- Why: counts from outreach or permits, matched inside a trusted third party, are one list more (STATISTICS 2G). Counts only.
-- Undo: DROP TABLE.
CREATE TABLE est.external_list (
    external_list_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    week_start_date date NOT NULL CHECK (extract(isodow FROM week_start_date) = 1),
    area_code text NOT NULL,
    list_name text NOT NULL CHECK (list_name ~ '^[a-z][a-z_]{0,29}$'),
    overlap jsonb NOT NULL CHECK (jsonb_typeof(overlap) = 'object'),
    entered_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE est.external_list IS
    'Overlap with a list that is not ours, as counts from a trusted third party; a later entry for the same week, area and '
    'list holds. No cell of it is ever released.';
COMMENT ON COLUMN est.external_list.external_list_id IS 'Order of entry: the latest holds.';
COMMENT ON COLUMN est.external_list.week_start_date IS 'Monday of the week that was matched.';
COMMENT ON COLUMN est.external_list.area_code IS 'Municipality (GM), COROP region (CR), province (PV) or NL.';
COMMENT ON COLUMN est.external_list.list_name IS 'What the list is, e.g. outreach or permits; never whose.';
COMMENT ON COLUMN est.external_list.overlap IS
    'Identities and people by the set of source groups, and this list, that they are on; keys like "a+b+outreach".';
COMMENT ON COLUMN est.external_list.entered_at IS 'When it was entered.';

REVOKE ALL ON est.external_list FROM estimator, releaser;
GRANT SELECT ON est.external_list TO estimator;
