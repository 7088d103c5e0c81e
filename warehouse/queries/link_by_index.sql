-- A table that has just been filled has no statistics, and a look-up planned without them may read all of it for each
-- listing: 5,000 equal texts took minutes instead of seconds.
SELECT set_config('enable_seqscan', %(seqscan)s, true)
