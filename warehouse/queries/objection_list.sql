-- Objections in force.
SELECT e.epoch_code, e.contact_key FROM core.exclusion AS e ORDER BY e.epoch_code, e.contact_key
