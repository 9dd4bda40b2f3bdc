#!/bin/sh
. "$(dirname "$0")/lib.sh"
need xz zstd gzip python3
cd shell
hone run -j 2 sweep.yaml
expect "the trials completed" "$(ask 'sum(x["status"] == "completed" for x in t)')" 16
expect "the metrics" "$(ask 'sorted(t[0]["metrics"])')" "['ratio', 'seconds', 'size']"
expect "the smallest" "$(hone best --format json |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["params"]["tool"])')" xz
expect "the size of gzip -9" "$(ask '[x["metrics"]["size"] for x in t
    if x["params"] == {"tool": "gzip", "level": 9}][0] == '"$(gzip -9 -c </bin/bash | wc -c)")" True
