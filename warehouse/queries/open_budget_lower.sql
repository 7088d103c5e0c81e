-- Write down less than was spent.
UPDATE release.open_budget SET rho_value = rho_value / 2
