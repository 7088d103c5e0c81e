-- Privacy budget of one release of open data.
SELECT week_start_date, query_code, rho_value, sigma_value, printed_from_count
FROM release.open_budget
WHERE vintage_date = %(last)s
ORDER BY week_start_date, query_code
