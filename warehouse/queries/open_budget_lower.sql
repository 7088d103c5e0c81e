-- Write down less than was spent, with the noise that would go with it.
UPDATE release.open_budget
SET
    rho_value = rho_value / 2,
    sigma_value = sigma_value * 2
