#!/bin/sh
# One shot, before anything else runs: keys, roles and both databases, pools, the administrator. Run again it adds what is missing.
set -eu
umask 077
secrets="${SECRETS:-/run/secrets}"
mkdir -p "$AIRFLOW_HOME"

advertentiemonitor init
airflow db migrate

# Sources of one owner or host take turns: a pool of one place each.
python -P -c '
import json
from advertentiemonitor import tasks
why = "Sites of one owner or host: visited one after the other."
print(json.dumps({name: {"slots": 1, "description": why, "include_deferred": False} for name in tasks.pools()}))
' > "$AIRFLOW_HOME/pools.json"
airflow pools import "$AIRFLOW_HOME/pools.json"

# The password is asked for twice and read from here: no argument holds it. Without a terminal it is not asked elsewhere.
{ cat "$secrets/beheer"; echo; cat "$secrets/beheer"; echo; } |
    setsid --wait airflow users create --role Admin --username beheer --firstname Technisch --lastname Beheer --email beheer@gemeente.example
