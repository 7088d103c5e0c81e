SELECT day_date FROM core.linked_day WHERE epoch_code = %(epoch)s ORDER BY day_date
