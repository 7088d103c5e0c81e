#!/bin/sh
# A dump of both databases, or one back in its place; compose.yaml runs it as `backup`. No key is in a dump.
#   backup.sh                  removes those of 14 days and older (docs/keeping.md), and makes one
#   backup.sh --terug MOMENT   puts back what was made at that moment, over what is there now
set -eu
umask 077
cd "${BACKUPS:-/var/lib/postgresql}"
export PGPASSFILE=/tmp/passfile
printf '*:*:*:admin:%s\n' "$(cat "${SECRETS:-/run/secrets}/db-admin")" > "$PGPASSFILE"
databases="advertentiemonitor airflow"

if [ "${1:-}" = --terug ]; then
    for database in $databases; do # both are there and can be read, before anything is dropped
        pg_restore --list "$2-$database.dump" > /dev/null
    done
    for database in $databases; do
        pg_restore --no-password --clean --if-exists --create --exit-on-error --dbname postgres "$2-$database.dump"
    done
    echo "Put back $2. Now, before anything else starts: init, and retention run (docker/README.md)." >&2
    exit
fi

# First: the term holds also while no new one can be made.
find . -maxdepth 1 -name '*.dump' -mtime +13 -exec rm -f {} +
rm -f ./*.part
moment=$(date -u +%Y%m%dT%H%M%SZ)
for database in $databases; do
    pg_dump --no-password --format custom --file "$moment-$database.part" "$database"
    pg_restore --list "$moment-$database.part" > /dev/null
done
for database in $databases; do
    mv "$moment-$database.part" "$moment-$database.dump"
done
echo "Made $moment. Kept: $(ls ./*-airflow.dump | wc -l)." >&2
