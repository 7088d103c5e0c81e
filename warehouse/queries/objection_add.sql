SELECT core.object(%(epoch)s, %(contact)s)
