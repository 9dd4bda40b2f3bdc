#!/bin/sh
. "$(dirname "$0")/lib.sh"
need python3 /usr/share/doc/libfann-dev/examples/datasets/diabetes.train
cd wandb
hone run -j 2 sweep.yaml
expect "the trials completed" "$(ask 'sum(x["status"] == "completed" for x in t)')" 12
expect "the metrics" "$(ask 'sorted(t[0]["metrics"])')" "['val_error', 'val_loss']"
expect "the name of the sweep" "$(ask 't[0]["sweep"]')" sweep
expect "the ranges" "$(ask 'all(0.001 <= x["params"]["learning_rate"] <= 1 and
    x["params"]["batch_size"] in (8, 16, 32) and 0 <= x["params"]["l2"] <= 0.01 for x in t)')" True
expect "the epochs" "$(hone show 1 --json | python3 -c 'import json, sys
print([p[0] for p in json.load(sys.stdin)["history"]["val_loss"]] == list(range(1, 16)))')" True
# As W&B's agent does: true is --shuffle, false is nothing.
expect "the flags" "$(for i in 1 2 3 4 5 6 7 8 9 10 11 12; do hone show $i --json; done |
    python3 -c 'import json, sys
d, text = json.JSONDecoder(), sys.stdin.read()
while text.strip():
    x, end = d.raw_decode(text.lstrip())
    text = text.lstrip()[end:]
    assert x["command"][:3] == ["/usr/bin/env", "python3", "train.py"], x["command"]
    assert ("--shuffle" in x["command"]) == x["params"]["shuffle"], x["command"]
    assert not any(a.startswith("--shuffle=") for a in x["command"])
print("good")')" good
