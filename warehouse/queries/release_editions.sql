-- The ledger of a day.
SELECT version_number, figures_digest, entry_digest
FROM release.edition
WHERE kind_code = 'daily' AND vintage_date = %(day)s
ORDER BY version_number
