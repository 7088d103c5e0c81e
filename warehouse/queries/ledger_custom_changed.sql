-- Custom tables whose digest the frozen rows do not give: each made again from what had been released up to the entry that it
-- names, of the areas that it told. Areas change their parents; tables from before areas were kept are by the filter that was
-- asked, and by what came before them in the chain. Dates are written as ISO by hand: the digest is of text.
WITH RECURSIVE chain AS (
    SELECT e.entry_digest, 1 AS place
    FROM release.edition AS e
    WHERE e.previous_digest = repeat('0', 64)
    UNION ALL
    SELECT e.entry_digest, c.place + 1
    FROM chain AS c
    INNER JOIN release.edition AS e ON c.entry_digest = e.previous_digest
),

entry AS (
    SELECT e.vintage_date, e.version_number, e.kind_code, e.entry_digest, e.inputs_digest, e.figures_digest, e.request, c.place
    FROM release.edition AS e
    INNER JOIN chain AS c USING (entry_digest)
),

-- The same table asked often is made once: what was asked, and how many daily releases there were.
asked AS (
    SELECT
        e.vintage_date, e.version_number, e.figures_digest, e.request, e.place,
        (
            SELECT max(d.place)
            FROM entry AS d
            WHERE
                d.kind_code = 'daily'
                AND d.place < e.place
                AND (d.entry_digest = e.inputs_digest OR NOT e.request ? 'told')
        ) AS known
    FROM entry AS e
    WHERE e.kind_code = 'custom'
),

made AS (
    SELECT
        a.request, a.known,
        encode(sha256(convert_to(coalesce(string_agg(
            t.chosen::text, E'\n' ORDER BY t.start_date, t.area, t.setting
        ), ''), 'UTF8')), 'hex') AS digest
    FROM (SELECT DISTINCT request, known FROM asked) AS a
    LEFT JOIN LATERAL (
        WITH RECURSIVE inside AS (
            SELECT r.area_code
            FROM release.area AS r
            WHERE
                CASE
                    WHEN a.request ? 'told' THEN a.request -> 'told' ? r.area_code
                    ELSE a.request -> 'areas' = 'null' OR a.request -> 'areas' ? r.area_code
                END
            UNION
            SELECT r.area_code
            FROM release.area AS r
            INNER JOIN inside AS i ON r.parent_code = i.area_code
            WHERE NOT a.request ? 'told'
        )

        SELECT DISTINCT ON (v.period_start_date, v.area_code, v.setting_code)
            v.period_start_date AS start_date, v.area_code AS area, v.setting_code AS setting,
            (
                v.period_code, to_char(v.period_start_date, 'YYYY-MM-DD'), v.area_code, v.setting_code, v.status_code,
                v.reason_code, v.advertiser_count, v.lower_count, v.upper_count, v.warnings
            ) AS chosen
        FROM release.volume AS v
        INNER JOIN entry AS d
            ON v.vintage_date = d.vintage_date AND v.version_number = d.version_number AND d.kind_code = 'daily'
        INNER JOIN release.area AS r ON v.area_code = r.area_code
        INNER JOIN inside AS i ON v.area_code = i.area_code
        WHERE
            d.place <= a.known
            AND v.period_code = a.request ->> 'window'
            AND a.request -> 'by' ? r.level_code
            AND v.period_start_date BETWEEN (a.request ->> 'from')::date AND (a.request ->> 'to')::date
            AND (v.setting_code <> 'all') = (a.request -> 'by' ? 'setting')
            AND (a.request -> 'settings' = 'null' OR a.request -> 'settings' ? v.setting_code)
        ORDER BY v.period_start_date, v.area_code, v.setting_code, v.version_number DESC
    ) AS t ON TRUE
    GROUP BY a.request, a.known
)

SELECT a.vintage_date, a.version_number
FROM asked AS a
LEFT JOIN made AS m ON a.request = m.request AND a.known = m.known
WHERE a.figures_digest IS DISTINCT FROM m.digest
ORDER BY a.place
