-- Take out a vintage, so that writing it again replaces it whole.
WITH
volume AS (DELETE FROM est.volume WHERE vintage_date = %(day)s),
revision AS (DELETE FROM est.revision WHERE vintage_date = %(day)s),
source_day AS (DELETE FROM est.source_day WHERE vintage_date = %(day)s),
movement AS (DELETE FROM est.movement WHERE vintage_date = %(day)s),
movement_figure AS (DELETE FROM est.movement_figure WHERE vintage_date = %(day)s),
language AS (DELETE FROM est.language WHERE vintage_date = %(day)s),
count_step AS (DELETE FROM est.count_step WHERE vintage_date = %(day)s),
share AS (DELETE FROM est.share WHERE vintage_date = %(day)s),
identity_week AS (DELETE FROM est.identity_week WHERE vintage_date = %(day)s),
hidden AS (DELETE FROM est.hidden WHERE vintage_date = %(day)s),
alert AS (DELETE FROM est.alert WHERE vintage_date = %(day)s),
trend AS (DELETE FROM est.trend WHERE vintage_date = %(day)s)
DELETE FROM est.vintage WHERE vintage_date = %(day)s;
