#!/bin/sh
# Keys as a secret store mounts them: files with 64 hexadecimal digits, in the folder `keys` of the state folder. A vault's
# client for ADVERTENTIEMONITOR_KEYS=command:/opt/advertentiemonitor/docker/sleutels.sh, as docs/keys.md asks one.
set -eu
cd "$ADVERTENTIEMONITOR_STATE/keys"
case "$1" in
    get | make) # made are keys where the store is filled
        [ -f "$2" ] || exit 4
        cat "$2"
        ;;
    destroy) # taken out where the store is filled; here is only seen that it is gone
        [ ! -e "$2" ]
        ;;
    list)
        for name in spool record pseudonym-*; do
            if [ -f "$name" ]; then echo "$name"; fi
        done
        ;;
    *) exit 2 ;;
esac
