#!/bin/sh
# Starts CCO where its rules file lies on a volume that is empty at first: in a container, in Kubernetes, under systemd.
# The first start takes the rules of /etc/cco, else those that come with CCO; later ones leave what the console published.
set -eu
here=$(dirname "$0")
rules=${CCO_CONFIG:?set CCO_CONFIG to the rules file on the volume}
if [ ! -e "$rules" ]; then
    seed=${CCO_FIRST_RULES:-/etc/cco/model-overrides.toml}
    [ -e "$seed" ] || seed=$here/../config/model-overrides.toml
    folder=$(dirname "$rules")
    if ! mkdir -p "$folder" 2>/dev/null || [ ! -w "$folder" ]; then
        echo "error: $folder cannot be written by user $(id -u): give it to that user (chown), or set CCO_CONFIG to another place" >&2
        exit 77
    fi
    # Under another name first: a start that is cut off here leaves no half of a file.
    cp "$seed" "$rules.first"
    chmod 600 "$rules.first"
    mv "$rules.first" "$rules"
fi
exec node "$here/../bin/cco.mjs" "$@"
