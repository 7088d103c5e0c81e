-- Runs that Airflow remembers, and the day (UTC) of the oldest; asked of Airflow's own database.
SELECT count(*), (min(run_after) AT TIME ZONE 'UTC')::date FROM dag_run
