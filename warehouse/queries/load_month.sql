SELECT core.ensure_month(%(day)s)
