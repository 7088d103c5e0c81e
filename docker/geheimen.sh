#!/bin/sh
# Makes the secrets that compose.yaml names, in ./geheim: random, once, for the container's user only. Nothing is printed.
# Of each password both sides come from here; keys of ours are made by `init`. Values never stand on a command line.
#   geheimen.sh [folder]                 makes them all
#   geheimen.sh --certificaat [folder]   a new certificate for PostgreSQL, with its authority; all else stays as it is
set -eu
umask 077
container_user=10001

secret() { openssl rand -hex 32; }
put() { printf '%s' "$2" > "$1"; } # printf is the shell's own: no process with the value among its arguments

# The authority signs one certificate and is thrown away: nobody can make a second one. They end together.
certificate() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 825 -subj "/CN=Advertentiemonitor" \
        -addext "keyUsage=critical,keyCertSign" -keyout ca.key -out ca.crt 2> /dev/null
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=postgres" -keyout server.key -out server.csr 2> /dev/null
    printf '%s\n' "subjectAltName=DNS:postgres,DNS:mailtest" "keyUsage=critical,digitalSignature" "extendedKeyUsage=serverAuth" \
        "basicConstraints=critical,CA:FALSE" "authorityKeyIdentifier=keyid" "subjectKeyIdentifier=hash" > server.ext
    openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -days 825 -extfile server.ext -out server.crt 2> /dev/null
    rm -f ca.key ca.srl server.csr server.ext
}

owned() {
    if [ "$(id -u)" = 0 ]; then
        chown -R "$container_user:$container_user" "$1"
    else
        echo "Run as root, or: sudo chown -R $container_user:$container_user $target" >&2
    fi
}

if [ "${1:-}" = --certificaat ]; then
    target="${2:-$(dirname "$0")/geheim}"
    work="$target/certificaat.half"
    rm -rf "$work"
    mkdir "$work"
    cd "$work"
    certificate
    # Behind ours stand authorities that the operator added, of storage or mail: they stay.
    sed '1,/-----END CERTIFICATE-----/d' ../ca.crt >> ca.crt
    cd - > /dev/null
    owned "$work"
    mv "$work/ca.crt" "$work/server.key" "$work/server.crt" "$target"
    rmdir "$work"
    echo "Made a new certificate. It works once every container is made anew: docker compose up --detach --force-recreate" >&2
    exit
fi

target="${1:-$(dirname "$0")/geheim}"
if [ -e "$target" ]; then
    echo "Error: $target is there already. Move it away first; new secrets do not open what was made with the old ones." >&2
    exit 1
fi
work="$target.half"
rm -rf "$work"
mkdir -p "$work/keys"
cd "$work"

database=$(secret)
queue=$(secret)
put keys/db-admin "$(secret)"
put keys/db-airflow "$database"
put airflow-database "postgresql+psycopg://airflow:$database@postgres:5432/airflow?sslmode=verify-full&sslrootcert=/run/secrets/ca.crt"
put airflow-broker "redis://:$queue@redis:6379/0"
put airflow-results "redis://:$queue@redis:6379/1"
printf 'requirepass %s\nprotected-mode yes\ndir /data\nappendonly no\nsave ""\nmaxmemory 96mb\nmaxmemory-policy noeviction\n' "$queue" > redis.conf
put airflow-jwt "$(openssl rand -hex 64)"
put airflow-session "$(secret)"
put airflow-fernet "$(openssl rand -base64 32 | tr '+/' '-_')"
put beheer "$(openssl rand -hex 16)"
openssl genpkey -algorithm ed25519 -out queue-signing.key 2> /dev/null # the scheduler's only: signed_celery.py
openssl pkey -in queue-signing.key -pubout -out queue-signing.pub
certificate

# What others hand out is filled in by hand.
printf '[default]\naws_access_key_id =\naws_secret_access_key =\n' | tee s3-verzamelen > s3-magazijn
put smtp ""

cd - > /dev/null
owned "$work"
mv "$work" "$target"
echo "Made $target. Fill in s3-verzamelen and s3-magazijn, and smtp if the mail server wants a password." >&2
