SELECT core.close_epoch(%(epoch)s, %(day)s)
