#!/bin/sh
. "$(dirname "$0")/lib.sh"
need cc python3 /usr/share/doc/libfann-dev/examples/datasets/abelone.train
cd linear-vs-network
./prepare.sh
expect "the plan" "$(hone plan --count sweep.yaml)" 20
hone run -j 2 sweep.yaml
expect "the trials completed" "$(ask 'sum(x["status"] == "completed" for x in t)')" 20
expect "the linear trials" "$(ask 'sum(x["params"]["model"] == "linear" for x in t)')" 2
expect "what a linear trial has" \
    "$(ask '[sorted(x["params"]) for x in t if x["params"]["model"] == "linear"][0]')" "['l2', 'model']"
expect "what a network has" \
    "$(ask '[sorted(x["params"]) for x in t if x["params"]["model"] == "network"][0]')" \
    "['hidden', 'l2', 'learning_rate', 'model']"
expect "all with a test error below 3 years" "$(ask 'all(0 < x["metrics"]["test_mae"] * 28 < 3 for x in t)')" True
expect "the winner" "$(hone best --format json |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["params"]["model"])')" network
expect "the arguments of trial 1" \
    "$(hone show 1 --json | python3 -c 'import json, sys; print(" ".join(json.load(sys.stdin)["command"]))')" \
    "./regress --model=linear --l2=0 data/train data/test"
