#!/bin/sh
. "$(dirname "$0")/lib.sh"
need zstd python3
[ "$(find /usr/share/doc -name copyright -type f -size -24k | wc -l)" -ge 120 ] || {
    echo "skipped: fewer than 120 texts in /usr/share/doc"
    exit 77
}
cd repeats
hone run -j 2 sweep.yaml
expect "the trials completed" "$(ask 'sum(x["status"] == "completed" for x in t)')" 6
expect "the best's repeats" "$(ask 'min(t, key=lambda x: x["objective"])["repeats"]')" 8
expect "the smallest dictionary's part in the race" \
    "$(ask 'all(3 <= x["repeats"] < 8 and x["detail"].startswith("fell behind")
                for x in t if x["params"]["size"] == 2000)')" True
expect "the standard errors" "$(ask 'all(0 < x["objective_se"] < 0.05 for x in t)')" True
