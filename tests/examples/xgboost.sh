#!/bin/sh
. "$(dirname "$0")/lib.sh"
need xgboost python3 /usr/share/doc/liblinear-tools/examples/heart_scale
cd xgboost
./prepare.sh
expect "the size of the training set" "$(wc -l <data/train.txt)" 180
hone check sweep.yaml
expect "the plan" "$(hone plan --count sweep.yaml)" 20
hone run -j 2 sweep.yaml
expect "the trials completed" "$(ask 'sum(x["status"] == "completed" for x in t)')" 20
expect "the metrics of a trial" "$(ask 'sorted(t[0]["metrics"])')" \
    "['test-error', 'test-logloss', 'train-error', 'train-logloss']"
expect "the rounds of a trial" \
    "$(hone show 1 --json | python3 -c 'import json, sys
h = json.load(sys.stdin)["history"]
print(sum(len(v) for v in h.values()), h["test-logloss"][-1][0])')" "160 39"
# The objective is the best round's, and the best trial has the least of these.
expect "the best objective" \
    "$(hone best --format json | python3 -c 'import json, sys; print(json.load(sys.stdin)["objective"])')" \
    "$(ask 'min(x["objective"] for x in t)')"
least=$(xgboost train.conf eta=0.1 max_depth=2 2>&1 |
    sed 's/.*test-logloss:\([^	]*\).*/\1/' | sort -g | head -1)
expect "the objective of eta 0.1, depth 2" \
    "$(ask '[x["objective"] for x in t if x["params"] == {"eta": 0.1, "max_depth": 2}][0] == '"$least")" True
# Again: there is nothing to do, and nothing is done twice.
hone run sweep.yaml
expect "the attempts" "$(ask 'sum(x["attempts"] for x in t)')" 20
