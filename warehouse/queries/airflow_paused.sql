-- DAGs that somebody switched off; asked of Airflow's own database.
SELECT dag_id FROM dag WHERE is_paused AND NOT is_stale ORDER BY dag_id
