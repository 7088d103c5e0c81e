#!/bin/sh
# One shot, before anything else runs: keys, roles and both databases, pools, the administrator. Run again it adds what is missing.
set -eu
umask 077
secrets="${SECRETS:-/run/secrets}"
mkdir -p "$AIRFLOW_HOME"

# The certificate of PostgreSQL and its authority end together; without one nothing gets to the database.
python -P -c '
import sys
from datetime import UTC, datetime
from cryptography.x509 import load_pem_x509_certificate
ends = load_pem_x509_certificate(open(sys.argv[1], "rb").read()).not_valid_after_utc
if (ends - datetime.now(UTC)).days < 60:
    print(f"The certificate of PostgreSQL ends on {ends:%Y-%m-%d}: sh geheimen.sh --certificaat (docker/README.md).", file=sys.stderr)
' "$secrets/ca.crt"

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
