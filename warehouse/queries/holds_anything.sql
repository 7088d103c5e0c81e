-- Whether anything was ever kept here, whatever version the tables are of: a table that never had a row takes no room.
SELECT EXISTS (
    SELECT FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE (n.nspname, c.relname) IN (
        ('core', 'crawl'), ('core', 'listing'), ('core', 'exclusion'), ('core', 'receipt'), ('release', 'edition')
    ) AND pg_relation_size(c.oid) > 0
)
