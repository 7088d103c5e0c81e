-- The DAG that starts next by the clock, and when; asked of Airflow's own database.
SELECT dag_id, next_dagrun_create_after
FROM dag
WHERE NOT is_paused AND NOT is_stale AND next_dagrun_create_after IS NOT NULL
ORDER BY next_dagrun_create_after, dag_id
LIMIT 1
