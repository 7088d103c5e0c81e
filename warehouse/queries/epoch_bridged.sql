SELECT count(*) FROM core.bridge
