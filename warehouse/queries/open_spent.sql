-- Privacy budget spent in the weeks of a year.
SELECT coalesce(sum(rho_value::numeric), 0)::double precision AS rho_value
FROM release.open_budget
WHERE extract(year FROM week_start_date) = extract(year FROM %(week)s::date)
