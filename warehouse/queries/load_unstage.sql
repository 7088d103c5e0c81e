DROP TABLE staged_row, staged_present
