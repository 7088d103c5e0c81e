-- Listings present on a day by how they repeat an earlier one of the same identity that is present too. Earlier: first
-- read on an earlier day, or the lower pseudonym.
WITH live AS MATERIALIZED (
    SELECT s.listing_id, l.listing_key, m.identity_id, count(*) OVER (PARTITION BY m.identity_id) AS listing_count
    FROM core.sighting AS s
    JOIN core.listing AS l USING (listing_id)
    CROSS JOIN LATERAL (
        SELECT i.identity_id FROM core.identity_member AS i
        WHERE i.listing_id = s.listing_id AND i.from_date <= %(day)s
        ORDER BY i.from_date DESC
        LIMIT 1
    ) AS m
    WHERE s.day_date = %(day)s AND l.epoch_code = %(epoch)s
),
told AS (
    SELECT
        l.listing_id, l.identity_id, l.listing_key,
        min(v.read_date) AS first_date,
        (array_agg(v.content_key ORDER BY v.read_date DESC))[1] AS content_key
    FROM live AS l JOIN core.listing_version AS v USING (listing_id)
    WHERE l.listing_count > 1 AND v.read_date <= %(day)s
    GROUP BY l.listing_id, l.identity_id, l.listing_key
),
placed AS MATERIALIZED (
    SELECT
        listing_id, identity_id, first_date,
        row_number() OVER (PARTITION BY identity_id ORDER BY first_date, listing_key) AS place,
        row_number() OVER (PARTITION BY identity_id, content_key ORDER BY first_date, listing_key) AS copy
    FROM told
),
-- A tie repeats the later of its two ends.
tied AS (
    SELECT
        CASE WHEN a.place > b.place THEN a.listing_id ELSE b.listing_id END AS listing_id,
        bool_or(a.first_date = b.first_date) AS is_same_day
    FROM placed AS a
    JOIN core.text_tie AS t ON t.first_id = a.listing_id AND t.from_date <= %(day)s
    JOIN placed AS b ON b.listing_id = t.second_id AND b.identity_id = a.identity_id
    GROUP BY 1
)
SELECT n.kind_code, sum(n.listing_count)::integer AS listing_count
FROM (
    SELECT 'none' AS kind_code, count(*) AS listing_count FROM live WHERE listing_count = 1
    UNION ALL
    SELECT
        CASE
            WHEN p.place = 1 THEN 'none'
            WHEN p.copy > 1 THEN 'full'
            WHEN t.is_same_day THEN 'semantic'
            WHEN t.listing_id IS NOT NULL THEN 'temporal'
            ELSE 'partial'
        END,
        count(*)
    FROM placed AS p
    LEFT JOIN tied AS t USING (listing_id)
    GROUP BY 1
) AS n
GROUP BY n.kind_code
