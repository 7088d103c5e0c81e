-- Why: an effect is kept with the smallest one that could have been told, what it was held against and how it can be made
-- again (STATISTICS 4). Undo: DROP TABLE.
CREATE TABLE est.policy_effect (
    policy_event_id integer NOT NULL REFERENCES est.policy_event,
    vintage_date date NOT NULL,
    outcome_code text NOT NULL CHECK (outcome_code IN ('all', 'home', 'club', 'escort')),
    area_code text NOT NULL,
    before_count integer NOT NULL,
    after_count integer NOT NULL,
    comparator_codes text[] NOT NULL,
    neighbour_codes text[] NOT NULL,
    detectable_fall_value double precision,
    detectable_rise_value double precision,
    ratio_value double precision,
    lower_ratio_value double precision,
    upper_ratio_value double precision,
    is_demonstrable boolean NOT NULL,
    placebo_count integer NOT NULL,
    beyond_count integer NOT NULL,
    scale_value double precision,
    change_value double precision,
    lower_change_value double precision,
    upper_change_value double precision,
    neighbour_change_value double precision,
    lower_neighbour_change_value double precision,
    upper_neighbour_change_value double precision,
    displaced_value double precision,
    lower_displaced_value double precision,
    upper_displaced_value double precision,
    verdict_code text CHECK (verdict_code IN ('decline', 'growth', 'displacement', 'both', 'cannot_tell')),
    refusal_code text,
    models jsonb NOT NULL,
    estimator_version text NOT NULL,
    seed bigint NOT NULL,
    PRIMARY KEY (policy_event_id, vintage_date, outcome_code)
);
COMMENT ON TABLE est.policy_effect IS
    'What changed after an event of policy against what comparable municipalities foretell, and whether it moved next door.';
COMMENT ON COLUMN est.policy_effect.policy_event_id IS 'The event.';
COMMENT ON COLUMN est.policy_effect.vintage_date IS 'Last day of data used.';
COMMENT ON COLUMN est.policy_effect.outcome_code IS
    'all: advertisers | home, club, escort: odds of that setting, of blocks of four weeks in the region.';
COMMENT ON COLUMN est.policy_effect.area_code IS 'Municipality of the event; of a setting, its region (COROP).';
COMMENT ON COLUMN est.policy_effect.before_count IS 'Weeks before the event with a figure.';
COMMENT ON COLUMN est.policy_effect.after_count IS 'Weeks after the event with a figure.';
COMMENT ON COLUMN est.policy_effect.comparator_codes IS 'Areas that it was held against, chosen before looking.';
COMMENT ON COLUMN est.policy_effect.neighbour_codes IS 'Municipalities near by that have figures: where it may have moved.';
COMMENT ON COLUMN est.policy_effect.detectable_fall_value IS
    'Ratio under 1 that would be found with 80 % power at 5 % size; from the weeks before the event only.';
COMMENT ON COLUMN est.policy_effect.detectable_rise_value IS 'The same above 1.';
COMMENT ON COLUMN est.policy_effect.ratio_value IS 'Mean ratio to what would have been: 1 is no effect.';
COMMENT ON COLUMN est.policy_effect.lower_ratio_value IS '2.5 %.';
COMMENT ON COLUMN est.policy_effect.upper_ratio_value IS '97.5 %.';
COMMENT ON COLUMN est.policy_effect.is_demonstrable IS 'Whether the interval of the ratio leaves out 1.';
COMMENT ON COLUMN est.policy_effect.placebo_count IS 'Dates and areas without an event that were treated as if they had one.';
COMMENT ON COLUMN est.policy_effect.beyond_count IS 'How many of them were as far from 1, in standard errors of their own.';
COMMENT ON COLUMN est.policy_effect.scale_value IS 'Factor on the model''s standard errors that the placebos asked for.';
COMMENT ON COLUMN est.policy_effect.change_value IS 'Advertisers more (or fewer, under 0) than there would have been.';
COMMENT ON COLUMN est.policy_effect.lower_change_value IS '2.5 %.';
COMMENT ON COLUMN est.policy_effect.upper_change_value IS '97.5 %.';
COMMENT ON COLUMN est.policy_effect.neighbour_change_value IS
    'The same of the neighbours together; NULL where they have too few figures.';
COMMENT ON COLUMN est.policy_effect.lower_neighbour_change_value IS '2.5 %.';
COMMENT ON COLUMN est.policy_effect.upper_neighbour_change_value IS '97.5 %.';
COMMENT ON COLUMN est.policy_effect.displaced_value IS
    'Minus the neighbours'' change as a part of the own: 1 is all moved; NULL where there is no effect to be a part of.';
COMMENT ON COLUMN est.policy_effect.lower_displaced_value IS '2.5 %.';
COMMENT ON COLUMN est.policy_effect.upper_displaced_value IS '97.5 %.';
COMMENT ON COLUMN est.policy_effect.verdict_code IS 'decline | growth | displacement | both | cannot_tell; NULL for a setting, or without an effect.';
COMMENT ON COLUMN est.policy_effect.refusal_code IS 'Why there is no effect; NULL where there is one.';
COMMENT ON COLUMN est.policy_effect.models IS 'Record: the rule of choice, weights of the grid, placebos, size and power, other events of the town in the window.';
COMMENT ON COLUMN est.policy_effect.estimator_version IS 'Version of the estimator.';
COMMENT ON COLUMN est.policy_effect.seed IS 'Seed of the draws.';

-- Publishing comes later; until then the releaser has no use for it.
REVOKE ALL ON est.policy_effect FROM releaser;
