-- The last run of each DAG for each local day: state, begin and end; asked of Airflow's own database.
SELECT DISTINCT ON (partition_key, dag_id)
    partition_key AS day, dag_id AS stage, state, start_date AS begun, end_date AS ended
FROM dag_run
WHERE partition_key ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$'
ORDER BY partition_key, dag_id, id DESC
