-- Take out a vintage, so that writing it again replaces it whole.
WITH
volume AS (DELETE FROM est.volume WHERE vintage_date = %(day)s),
movement AS (DELETE FROM est.movement WHERE vintage_date = %(day)s),
language AS (DELETE FROM est.language WHERE vintage_date = %(day)s)
DELETE FROM est.pipeline_count WHERE vintage_date = %(day)s;
