-- Why: what an event of policy did is released with the next new day after it was estimated, where the figures that it was
-- made from are public (PRIVACY P9). Undo: DROP TABLE release.policy_effect, release.policy_event; REVOKE SELECT ON
-- est.policy_event, est.policy_effect, est.share FROM releaser.
GRANT SELECT ON est.policy_event, est.policy_effect, est.share TO releaser;

CREATE TABLE release.policy_event (
    event_code text NOT NULL,
    area_code text NOT NULL REFERENCES release.area,
    version_number integer NOT NULL,
    vintage_date date NOT NULL,
    event_date date,
    precision_code text NOT NULL CHECK (precision_code IN ('day', 'month', 'year', 'unknown')),
    event_name text NOT NULL,
    direction_code text NOT NULL CHECK (direction_code IN ('relaxed', 'tightened', 'other')),
    source_name text NOT NULL,
    PRIMARY KEY (event_code, version_number)
);
COMMENT ON TABLE release.policy_event IS 'Dated events of municipal policy, from public sources.';
COMMENT ON COLUMN release.policy_event.event_code IS 'Municipality and order of entry, e.g. GM0402-2.';
COMMENT ON COLUMN release.policy_event.area_code IS 'Municipality.';
COMMENT ON COLUMN release.policy_event.version_number IS '1 when first released; corrections count up.';
COMMENT ON COLUMN release.policy_event.vintage_date IS 'Release in which it first appeared.';
COMMENT ON COLUMN release.policy_event.event_date IS
    'Day on which it took effect; first day of the month or year where no more is known, NULL where nothing is.';
COMMENT ON COLUMN release.policy_event.precision_code IS 'What is known of the date: day | month | year | unknown.';
COMMENT ON COLUMN release.policy_event.event_name IS 'What happened, in Dutch, as the source says.';
COMMENT ON COLUMN release.policy_event.direction_code IS 'relaxed | tightened | other.';
COMMENT ON COLUMN release.policy_event.source_name IS 'Public source that anybody can look up.';

CREATE TABLE release.policy_effect (
    event_code text NOT NULL,
    until_date date NOT NULL,
    outcome_code text NOT NULL CHECK (outcome_code IN ('all', 'home', 'club', 'escort')),
    area_code text NOT NULL REFERENCES release.area,
    version_number integer NOT NULL,
    vintage_date date NOT NULL,
    status_code text NOT NULL CHECK (status_code IN ('published', 'withheld', 'unreliable')),
    reason_code text NOT NULL,
    effect_code text NOT NULL CHECK (effect_code IN ('', 'no_demonstrable_effect', 'lower', 'higher')),
    verdict_code text NOT NULL
    CHECK (verdict_code IN ('', 'decline', 'growth', 'displacement', 'both', 'cannot_tell')),
    ratio_value double precision CHECK (ratio_value > 0),
    lower_ratio_value double precision CHECK (lower_ratio_value > 0),
    upper_ratio_value double precision,
    detectable_fall_value double precision CHECK (detectable_fall_value > 0),
    detectable_rise_value double precision,
    change_count integer CHECK (change_count % 5 = 0 AND abs(change_count) >= 10),
    lower_change_count integer CHECK (lower_change_count % 5 = 0 AND (lower_change_count = 0 OR abs(lower_change_count) >= 10)),
    upper_change_count integer CHECK (upper_change_count % 5 = 0 AND (upper_change_count = 0 OR abs(upper_change_count) >= 10)),
    neighbour_codes text [] NOT NULL,
    neighbour_change_count integer CHECK (neighbour_change_count % 5 = 0 AND abs(neighbour_change_count) >= 10),
    lower_neighbour_change_count integer CHECK (
        lower_neighbour_change_count % 5 = 0
        AND (lower_neighbour_change_count = 0 OR abs(lower_neighbour_change_count) >= 10)
    ),
    upper_neighbour_change_count integer CHECK (
        upper_neighbour_change_count % 5 = 0
        AND (upper_neighbour_change_count = 0 OR abs(upper_neighbour_change_count) >= 10)
    ),
    displaced_value double precision,
    before_count integer NOT NULL,
    after_count integer NOT NULL,
    comparator_count integer NOT NULL,
    placebo_count integer NOT NULL,
    beyond_count integer NOT NULL,
    PRIMARY KEY (event_code, until_date, outcome_code, version_number),
    CHECK ((status_code = 'published') = (ratio_value IS NOT NULL)),
    CHECK ((status_code = 'published') = (effect_code <> ''))
);
COMMENT ON TABLE release.policy_effect IS
    'What changed after an event of policy against what comparable municipalities foretell, and whether it moved next door.';
COMMENT ON COLUMN release.policy_effect.event_code IS 'The event, as in release.policy_event.';
COMMENT ON COLUMN release.policy_effect.until_date IS 'Last day of data used.';
COMMENT ON COLUMN release.policy_effect.outcome_code IS
    'all: advertisers | home, club, escort: odds of that setting, of blocks of four weeks in the region.';
COMMENT ON COLUMN release.policy_effect.area_code IS 'Municipality of the event; of a setting, its region (COROP).';
COMMENT ON COLUMN release.policy_effect.version_number IS '1 when first released; corrections count up.';
COMMENT ON COLUMN release.policy_effect.vintage_date IS 'Release in which this first appeared: the first new day after it was estimated.';
COMMENT ON COLUMN release.policy_effect.status_code IS 'published | withheld (protection) | unreliable ("geen betrouwbaar cijfer").';
COMMENT ON COLUMN release.policy_effect.reason_code IS 'Named reason where not published; empty otherwise.';
COMMENT ON COLUMN release.policy_effect.effect_code IS
    'no_demonstrable_effect ("geen aantoonbaar effect"): the printed interval holds 1 | lower | higher; empty where not published.';
COMMENT ON COLUMN release.policy_effect.verdict_code IS
    'decline | growth | displacement | both | cannot_tell; empty of a setting and where not published.';
COMMENT ON COLUMN release.policy_effect.ratio_value IS 'Level after as a part of what it would have been: 1 is no effect, over 1 more; rounded to 0.05.';
COMMENT ON COLUMN release.policy_effect.lower_ratio_value IS 'Lower end of its 95 % interval, noise included, rounded outwards.';
COMMENT ON COLUMN release.policy_effect.upper_ratio_value IS 'Upper end of its 95 % interval, noise included, rounded outwards.';
COMMENT ON COLUMN release.policy_effect.detectable_fall_value IS
    'Ratio under 1 that would be found with 80 % power at 5 % size, rounded outwards to 0.05.';
COMMENT ON COLUMN release.policy_effect.detectable_rise_value IS 'The same above 1.';
COMMENT ON COLUMN release.policy_effect.change_count IS
    'Advertisers more (or fewer, under 0) than there would have been, rounded to 5; NULL under ten.';
COMMENT ON COLUMN release.policy_effect.lower_change_count IS 'Lower end of its 95 % interval, rounded outwards.';
COMMENT ON COLUMN release.policy_effect.upper_change_count IS 'Upper end of its 95 % interval, rounded outwards.';
COMMENT ON COLUMN release.policy_effect.neighbour_codes IS 'Municipalities near by whose change is told; empty where one of them is not published.';
COMMENT ON COLUMN release.policy_effect.neighbour_change_count IS 'As change_count, of the neighbours together.';
COMMENT ON COLUMN release.policy_effect.lower_neighbour_change_count IS 'Lower end of its 95 % interval, rounded outwards.';
COMMENT ON COLUMN release.policy_effect.upper_neighbour_change_count IS 'Upper end of its 95 % interval, rounded outwards.';
COMMENT ON COLUMN release.policy_effect.displaced_value IS
    'Minus the neighbours'' change as a part of the own, both as printed, rounded to 0.05: 1 is all moved; NULL without both.';
COMMENT ON COLUMN release.policy_effect.before_count IS 'Weeks before the event with a figure.';
COMMENT ON COLUMN release.policy_effect.after_count IS 'Weeks after the event with a figure.';
COMMENT ON COLUMN release.policy_effect.comparator_count IS 'Areas that it was held against, chosen before looking.';
COMMENT ON COLUMN release.policy_effect.placebo_count IS 'Dates and areas without an event that were treated as if they had one.';
COMMENT ON COLUMN release.policy_effect.beyond_count IS 'How many of them were as far from 1, in standard errors of their own.';

DO $$
DECLARE
    table_name text;
BEGIN
    FOREACH table_name IN ARRAY ARRAY['policy_event', 'policy_effect'] LOOP
        EXECUTE format(
            'CREATE TRIGGER frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON release.%I '
            'FOR EACH STATEMENT EXECUTE FUNCTION release.frozen()', table_name
        );
    END LOOP;
END
$$;
GRANT SELECT ON release.policy_event, release.policy_effect TO analist, handhaving, beleid, gemeente;
ALTER TABLE release.policy_event ENABLE ROW LEVEL SECURITY;
CREATE POLICY everything ON release.policy_event TO analist, handhaving, beleid, releaser USING (true) WITH CHECK (true);
-- Events are public, and effects of a region name those of other municipalities in it.
CREATE POLICY public_facts ON release.policy_event FOR SELECT TO gemeente USING (true);
ALTER TABLE release.policy_effect ENABLE ROW LEVEL SECURITY;
CREATE POLICY everything ON release.policy_effect TO analist, handhaving, beleid, releaser USING (true) WITH CHECK (true);
CREATE POLICY own_area ON release.policy_effect FOR SELECT TO gemeente
USING (area_code = ANY ((SELECT release.areas_in_sight())::text []));
