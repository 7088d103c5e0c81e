SELECT epoch_code, start_date, first_date, former_code, closed_date FROM core.epoch ORDER BY start_date
