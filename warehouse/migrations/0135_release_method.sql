-- Why: readers see how figures were made and by which rules they are protected (STATISTICS 2; PRIVACY P9-P11).
-- Undo: DROP TABLE release.method, release.rule; REVOKE SELECT ON est.vintage FROM releaser.
GRANT SELECT ON est.vintage TO releaser;

CREATE TABLE release.method (
    item_code text NOT NULL
    CHECK (item_code IN ('estimator', 'seed', 'delta', 'draws', 'kappa', 'ghost_lag', 'lost_link', 'shared_identity')),
    source_code text NOT NULL,
    version_number integer NOT NULL,
    vintage_date date NOT NULL,
    value_name text NOT NULL,
    age_count integer CHECK (age_count BETWEEN 0 AND 120),
    PRIMARY KEY (vintage_date, item_code, source_code, version_number)
);
COMMENT ON TABLE release.method IS 'How the figures of a vintage were made: estimator, seed, doubt, draws, and the audits that held.';
COMMENT ON COLUMN release.method.item_code IS
    'estimator | seed | delta: doubt that no model knows, on the log scale | draws | an audit: kappa, ghost_lag, lost_link, shared_identity.';
COMMENT ON COLUMN release.method.source_code IS 'Source of an audited ghost lag; empty otherwise.';
COMMENT ON COLUMN release.method.version_number IS '1 when first released; corrections count up.';
COMMENT ON COLUMN release.method.vintage_date IS 'Vintage that it is of.';
COMMENT ON COLUMN release.method.value_name IS 'Value as text; of an audit: audited, or not_audited where none holds.';
COMMENT ON COLUMN release.method.age_count IS 'Days since the audit that held; NULL where none does, and of what is no audit.';

CREATE TABLE release.rule (
    ruleset_version text NOT NULL,
    cube_code text NOT NULL,
    rule_code text NOT NULL,
    value_name text NOT NULL,
    PRIMARY KEY (ruleset_version, cube_code, rule_code)
);
COMMENT ON TABLE release.rule IS 'Rules of protection of each cube, of every version that a release was made by.';
COMMENT ON COLUMN release.rule.ruleset_version IS 'As in release.edition: a digest of all these rules.';
COMMENT ON COLUMN release.rule.cube_code IS 'Cube that the rule is for; empty where it is for all.';
COMMENT ON COLUMN release.rule.rule_code IS 'Rule, as docs/cubes.md explains it.';
COMMENT ON COLUMN release.rule.value_name IS 'Its value, as JSON.';

DO $$
DECLARE
    table_name text;
BEGIN
    FOREACH table_name IN ARRAY ARRAY['method', 'rule'] LOOP
        EXECUTE format(
            'CREATE TRIGGER frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON release.%I '
            'FOR EACH STATEMENT EXECUTE FUNCTION release.frozen()', table_name
        );
    END LOOP;
END
$$;
GRANT SELECT ON release.method, release.rule TO analist, handhaving, beleid, gemeente;
