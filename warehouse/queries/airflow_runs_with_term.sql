-- Runs that Airflow is to forget one day, and the day (UTC) of the oldest: not the last of each DAG, which stays.
SELECT count(*), (min(d.run_after) AT TIME ZONE 'UTC')::date
FROM dag_run AS d
WHERE EXISTS (SELECT FROM dag_run AS later WHERE later.dag_id = d.dag_id AND later.run_after > d.run_after)
