#!/bin/sh
# Starts CCO where its rules file lies on a volume that is empty at first: in a container, in Kubernetes, under systemd.
# The first start takes the rules of /etc/cco, else those that come with CCO; later ones leave what the console published.
set -eu
here=$(dirname "$0")
rules=${CCO_CONFIG:?set CCO_CONFIG to the rules file on the volume}
if [ ! -e "$rules" ]; then
    seed=${CCO_FIRST_RULES:-/etc/cco/model-overrides.toml}
    # Folders that this user may not enter hide a file: it is not missing then, and other rules would serve unseen.
    above=$seed
    while [ ! -e "$above" ]; do above=$(dirname "$above"); done
    if [ -d "$above" ] && [ ! -x "$above" ]; then
        echo "error: user $(id -u) may not look into $above for $seed, the rules of the first start: give the folder mode 755" >&2
        exit 77
    fi
    if [ -e "$seed" ] && { [ ! -f "$seed" ] || [ ! -r "$seed" ]; }; then
        echo "error: $seed, the rules of the first start, cannot be read by user $(id -u): it must be a file of mode 644" >&2
        exit 77
    fi
    [ -e "$seed" ] || seed=$here/../config/model-overrides.toml
    folder=$(dirname "$rules")
    if ! mkdir -p "$folder" 2>/dev/null || [ ! -w "$folder" ]; then
        echo "error: $folder cannot be written by user $(id -u): give it to that user (chown), or set CCO_CONFIG to another place" >&2
        exit 77
    fi
    # Under another name first: a start that is cut off here leaves no half of a file.
    if ! { cp "$seed" "$rules.first" && chmod 600 "$rules.first" && mv "$rules.first" "$rules"; }; then
        rm -f "$rules.first"
        echo "error: the rules of the first start cannot be written to $rules: make room on its disk, or set CCO_CONFIG to another place" >&2
        exit 73
    fi
fi
exec node "$here/../bin/cco.mjs" "$@"
