CREATE TEMP TABLE staged_tie (first_id integer NOT NULL, second_id integer NOT NULL) ON COMMIT DROP
