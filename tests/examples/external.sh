#!/bin/sh
. "$(dirname "$0")/lib.sh"
need xz python3
cd external
hone run -j 1 sweep.yaml
expect "the trials completed" "$(ask 'sum(x["status"] == "completed" for x in t)')" 20
expect "those that break the constraint" \
    "$(ask 'sum(x["params"]["lc"] + x["params"]["lp"] > 4 for x in t)')" 0
# All but the first are a step from the best before them, unless it was refused too often.
near=$(ask 'sum(1 == sum(abs(x["params"][k] - min(t[:i], key=lambda y: y["objective"])["params"][k])
                         for k in x["params"]) for i, x in enumerate(t) if i > 0)')
[ "$near" -ge 6 ] || fail "only $near trials are a step from the best"
