-- Take privacy budget by hand.
INSERT INTO release.open_budget (week_start_date, query_code, vintage_date, rho_value, sigma_value, printed_from_count)
VALUES (%(week)s, %(query)s, %(week)s, %(rho)s, %(sigma)s, 10)
