-- Why: kappa and ghost lags come from audits that people do; of each only its figures are kept, and all of them (STATISTICS
-- 2B, 2C). Undo: DROP TABLE.
CREATE TABLE est.audit (
    audit_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind_code text NOT NULL CHECK (kind_code IN ('kappa', 'ghost_lag')),
    source_code text,
    audited_date date NOT NULL,
    point_value double precision NOT NULL CHECK (point_value > 0 AND point_value < 1000),
    standard_error_value double precision NOT NULL CHECK (standard_error_value > 0 AND standard_error_value < 1000),
    sample_count integer NOT NULL CHECK (sample_count > 1),
    entered_at timestamptz NOT NULL DEFAULT now(),
    CHECK ((kind_code = 'ghost_lag') = (source_code IS NOT NULL))
);
COMMENT ON TABLE est.audit IS
    'Audits by their figures only; none is changed or removed, a later one of the same kind and source holds from its day on.';
COMMENT ON COLUMN est.audit.audit_id IS 'Order of entry: of two audits of one day the later one holds.';
COMMENT ON COLUMN est.audit.kind_code IS
    'kappa: advertisers for each identity | ghost_lag: days between stopping and disappearing, mean.';
COMMENT ON COLUMN est.audit.source_code IS 'Source that a ghost lag belongs to; empty for kappa.';
COMMENT ON COLUMN est.audit.audited_date IS 'Day that the audit speaks of.';
COMMENT ON COLUMN est.audit.point_value IS 'Estimate, in the unit of the kind.';
COMMENT ON COLUMN est.audit.standard_error_value IS 'Its standard error, in the same unit.';
COMMENT ON COLUMN est.audit.sample_count IS 'Identities judged, or advertisements whose stop is known.';
COMMENT ON COLUMN est.audit.entered_at IS 'When it was entered.';

-- What is estimated may not decide what it is calibrated by: an operator enters, as owner.
REVOKE ALL ON est.audit FROM estimator, releaser;
GRANT SELECT ON est.audit TO estimator;
