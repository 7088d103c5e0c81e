-- Whether Airflow has made its tables; asked of Airflow's own database.
SELECT to_regclass('dag_run') IS NOT NULL
