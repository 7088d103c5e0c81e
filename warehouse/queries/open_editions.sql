-- Open data in the ledger: all years, or one.
SELECT vintage_date, figures_digest, entry_digest
FROM release.edition
WHERE kind_code = 'open' AND (%(last)s::date IS NULL OR vintage_date = %(last)s)
ORDER BY vintage_date
