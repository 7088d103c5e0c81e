-- Seconds since each of Airflow's processes that plan last gave a sign of life; asked of Airflow's own database.
SELECT job_type, extract(epoch FROM now() - max(latest_heartbeat))::float8
FROM job
WHERE job_type IN ('SchedulerJob', 'DagProcessorJob') AND latest_heartbeat IS NOT NULL
GROUP BY job_type
ORDER BY job_type
