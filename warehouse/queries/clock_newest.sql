-- The newest local day that the warehouse knows; sightings by their index, a partition at a time.
SELECT greatest(
    (SELECT max(c.day_date) FROM core.crawl AS c),
    (SELECT max(s.day_date) FROM core.sighting AS s),
    (SELECT max(r.day_date) FROM core.receipt AS r)
) AS day_date
