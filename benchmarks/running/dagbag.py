"""How long Airflow takes to read each DAG file: `python -P benchmarks/running/dagbag.py`. The house's bound: 2 s a file.

As its DAG processor does it: in a fork, for each file anew, of a process that has imported Airflow and nothing of ours. So
each file pays for all that it imports.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

DAGS = Path(__file__).resolve().parents[2] / "dags"
BOUND_SECONDS = 2.0
ROUNDS = 3

READ = """
import json, os, sys
from airflow.dag_processing.dagbag import BundleDagBag

def read(path):
    bag = BundleDagBag(dag_folder=path, bundle_path=os.path.dirname(path), bundle_name="dags-folder")
    assert not bag.import_errors and bag.dags, bag.import_errors
    return sum(stat.duration.total_seconds() for stat in bag.dagbag_stats)

for path in sys.argv[1:]:
    if os.fork() == 0:
        print("ANSWER" + json.dumps([os.path.basename(path), read(path)]), flush=True)
        os._exit(0)
    if os.wait()[1] != 0:
        sys.exit(f"{path} cannot be read")
"""


def measure() -> dict[str, float]:
    """Give the median of three rounds, in seconds of the clock, for each DAG file."""
    files = [str(path) for path in sorted(DAGS.glob("*.py")) if not path.stem.startswith("dag_")]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "airflow.cfg").write_text("[core]\nload_examples = False\n[logging]\nlogging_level = ERROR\n")
        done = subprocess.run(
            [sys.executable, "-P", "-c", READ, *files * ROUNDS],
            env={name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
            | {"AIRFLOW_HOME": folder},
            cwd=folder,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    seconds: dict[str, list[float]] = {}
    for line in done.stdout.splitlines():
        if line.startswith("ANSWER"):
            name, took = json.loads(line.removeprefix("ANSWER"))
            seconds.setdefault(name, []).append(took)
    return {name: round(median(took), 3) for name, took in seconds.items()}


def main() -> int:
    """Print the table; 1 if a file takes two seconds or more."""
    seconds = measure()
    for name, took in seconds.items():
        print(f"{name:20} {took:7.3f} s")
    return int(max(seconds.values()) >= BOUND_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
