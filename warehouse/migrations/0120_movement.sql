-- Why: movement says more than flows: how long people stay, how many move on and on, who comes back (issue 7; STATISTICS 3);
-- and audits tell how often links are lost or shared. Undo: DROP TABLE, and the constraint as in 0100.
CREATE TABLE est.movement_figure (
    vintage_date date NOT NULL,
    block_start_date date NOT NULL,
    figure_code text NOT NULL,
    area_code text NOT NULL,
    identity_count integer NOT NULL,
    point_value double precision,
    lower_value double precision,
    upper_value double precision,
    refusal_code text,
    PRIMARY KEY (vintage_date, block_start_date, figure_code, area_code),
    CHECK ((refusal_code IS NULL) = (point_value IS NOT NULL))
);
COMMENT ON TABLE est.movement_figure IS
    'How long advertisers stay in an area and how they move on, from all weeks that can be linked on the last day of a block.';
COMMENT ON COLUMN est.movement_figure.vintage_date IS 'Last day of data used.';
COMMENT ON COLUMN est.movement_figure.block_start_date IS 'Monday on which the block of four weeks starts.';
COMMENT ON COLUMN est.movement_figure.figure_code IS
    'carousel_share: in 3 municipalities or more within 8 weeks | one_place_share: in one | return_share: of those who leave for another state, back within 8 weeks | new_to_region_share: of arrivals in the block, not there before in the window | arrival_share, departure_share: of moves into and out of Enschede in the block, those from or to the area | dwell_..._weeks, dwell_..._days: quartiles of stays that begin in the window.';
COMMENT ON COLUMN est.movement_figure.area_code IS 'Municipality, state of movement, region, country, or ALLX for all that is monitored.';
COMMENT ON COLUMN est.movement_figure.identity_count IS 'Identities (of dwell in days: stays) that it rests on: for thresholds only, never a figure.';
COMMENT ON COLUMN est.movement_figure.point_value IS 'Median of the draws: a share, weeks or days.';
COMMENT ON COLUMN est.movement_figure.lower_value IS '2.5 %.';
COMMENT ON COLUMN est.movement_figure.upper_value IS '97.5 %.';
COMMENT ON COLUMN est.movement_figure.refusal_code IS 'Why there is no figure; NULL where there is one.';
COMMENT ON TABLE est.movement IS
    'Moves of advertisers into the weeks of a block, from the week before each, corrected for detection and for error of links.';

REVOKE ALL ON est.movement_figure FROM releaser;

ALTER TABLE est.audit DROP CONSTRAINT audit_kind_code_check;
ALTER TABLE est.audit ADD CONSTRAINT audit_kind_code_check
    CHECK (kind_code IN ('kappa', 'ghost_lag', 'lost_link', 'shared_identity'));
ALTER TABLE est.audit DROP CONSTRAINT audit_point_value_check;
ALTER TABLE est.audit ADD CONSTRAINT audit_point_value_check
    CHECK (point_value < 1000 AND (point_value > 0 OR kind_code IN ('lost_link', 'shared_identity') AND point_value >= 0));
COMMENT ON COLUMN est.audit.kind_code IS
    'kappa: advertisers for each identity | ghost_lag: days between stopping and disappearing, mean | lost_link: weekly chance that an advertiser goes on under another identity | shared_identity: share of identities that hold two advertisers or more.';
