DROP TABLE staged_tie
