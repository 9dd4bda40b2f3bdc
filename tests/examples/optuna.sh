#!/bin/sh
. "$(dirname "$0")/lib.sh"
need xz python3
# (`import optuna` alone would find the folder.) The python3 on the path may be another than the one that Debian's packages are for.
if ! python3 -c 'import optuna.samplers' 2>/dev/null; then
    /usr/bin/python3 -c 'import optuna.samplers' 2>/dev/null ||
        { echo "skipped: no python3-optuna here; apt-get installs it"; exit 77; }
    PATH=/usr/bin:$PATH
fi
PATH=$work/bin:$PATH
cd optuna
hone run -j 2 sweep.yaml
expect "the trials completed" "$(ask 'sum(x["status"] == "completed" for x in t)')" 25
expect "those that break the constraint" \
    "$(ask 'sum(x["params"]["lc"] + x["params"]["lp"] > 4 for x in t)')" 0
expect "the configurations" "$(ask 'len({str(x["params"]) for x in t})')" 25
# Told of an earlier run.
sed -i 's/trials: 25/trials: 28/' sweep.yaml
hone run -j 1 sweep.yaml
expect "the trials completed later" "$(ask 'len({str(x["params"]) for x in t})')" 28
[ "$(grep -c . sampler.py)" -le 30 ] || fail "sampler.py has grown"
