"""Airflow beside us: its home, its processes in one group, and the few calls of its API. Nothing here imports it."""
