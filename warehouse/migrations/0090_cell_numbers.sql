-- Why: a sum of record numbers less that of the day before is the record number of whoever came or went, and of a cell of one
-- it is that number itself: rows about one person, kept for ever, that lead from a closed epoch to the next. What noise is
-- drawn by only has to be the same for the same identities. Undo: none; estimate days of open epochs again.
DO $$
DECLARE
    table_name text;
BEGIN
    FOREACH table_name IN ARRAY ARRAY['volume', 'movement', 'language'] LOOP
        EXECUTE format(
            'UPDATE est.%I SET cell_number = '
            '(''x'' || encode(substring(sha256(int8send(cell_number)) FOR 8), ''hex''))::bit(64)::bigint & 9223372036854775807',
            table_name
        );
        EXECUTE format(
            'COMMENT ON COLUMN est.%I.cell_number IS %L', table_name,
            'What the cell''s noise is drawn by: a hash of the sum of the record numbers of its identities.'
        );
    END LOOP;
END
$$;
UPDATE est.volume SET cell_number = 0 WHERE identity_count < 10;
COMMENT ON COLUMN est.volume.cell_number IS
    'What the cell''s noise is drawn by: a hash of the sum of the record numbers of its identities; 0 under ten of them.';
COMMENT ON COLUMN core.identity.record_number IS
    'Pseudo-random number taken from its first listing''s pseudonym; their sum over a cell decides the cell''s noise.';
