INSERT INTO core.epoch (epoch_code, start_date, first_date, former_code)
VALUES (%(epoch)s, %(start)s, %(first)s, %(former)s)
