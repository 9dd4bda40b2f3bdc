#!/bin/sh
. "$(dirname "$0")/lib.sh"
need cc python3 /usr/share/doc/libfann-dev/examples/datasets/diabetes.train
cd decision-tree
./prepare.sh
hone run -j 2 sweep.yaml
expect "the trials completed" "$(ask 'sum(x["status"] == "completed" for x in t)')" 40
expect "the metrics" "$(ask 'sorted(set(n for x in t for n in x["metrics"]))')" \
    "['train_error', 'validation_error']"
# A tree is as deep as it was told: one point of the history a level.
expect "the levels of trial 1" \
    "$(hone show 1 --json | python3 -c 'import json, sys
x = json.load(sys.stdin)
print(len(x["history"]["train_error"]) == x["params"]["max_depth"])')" True
eval "$(hone best --format env)"
error=$(./tree --depth "$HONE_PARAM_MAX_DEPTH" --leaf "$HONE_PARAM_MIN_LEAF" \
    --criterion "$HONE_PARAM_CRITERION" data/train data/validation | sed -n '$s/.*=//p')
expect "the best error, computed again" \
    "$(hone best --format json | python3 -c 'import json, sys
print("%.6f" % json.load(sys.stdin)["objective"])')" "$error"
