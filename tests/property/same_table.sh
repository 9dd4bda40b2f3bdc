#!/bin/sh
# The same seed gives the same number -> configuration table: one at a time, sixteen at a
# time, and interrupted and gone on with; for every strategy that needs no results. One
# that learns gives the same table one at a time, killed and gone on with: it is a function
# of what the record has.
#   same_table.sh HONE
set -eu
hone=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

spec() { # NAME METHOD-LINES
    cat > "$1.yaml" <<EOF
name: $1
command: "echo loss=\${lr}"
metric: {name: loss}
seed: 7
$2
stop: {trials: 60}
parameters:
  lr: {min: 1e-4, max: 1e-1, scale: log$3}
  model: {values: [tree, forest, net]}
  depth: {min: 1, max: 5, when: {model: [tree, forest]}}
constraints: ["depth < 5"]
EOF
}
spec random 'method: random' ''
spec sobol 'method: sobol' ''
spec grid 'method: grid' ', count: 8'
spec shuffled 'method: grid
order: shuffled' ', count: 8'

table() { # SPEC STORE
    "$hone" trials "$1" --store "$2" --csv --columns number,lr,model,depth,status
}

for name in random sobol grid shuffled; do
    "$hone" run $name.yaml -j1 --store one --quiet
    "$hone" run $name.yaml -j16 --store sixteen --quiet
    "$hone" run $name.yaml -j4 --store cut --quiet 2> messages &
    pid=$!
    # Interrupted as soon as something has ended, whatever that is; wait for the event.
    until [ -s cut/hone.db ] && "$hone" trials $name --store cut --json 2> /dev/null |
        grep -q completed; do
        kill -0 $pid 2> /dev/null || break
    done
    kill -TERM $pid 2> /dev/null || true
    wait $pid || true
    "$hone" resume $name --store cut --quiet
    table $name one > expected
    [ "$(wc -l < expected)" -eq 61 ] || { echo "$name: wrong number of rows"; exit 1; }
    table $name sixteen | cmp - expected
    table $name cut | cmp - expected
    "$hone" plan $name.yaml --json > plan.jsonl
    [ "$(wc -l < plan.jsonl)" -eq 60 ] || { echo "$name: plan differs"; exit 1; }
    echo "$name: the same table three times"
done

# Every trial takes a moment, so that the kill comes in the middle.
spec tpe 'method: {name: tpe, startup_trials: 5}' ''
sed -i 's/^command: .*/command: "sleep 0.005; echo loss=${lr}"/' tpe.yaml
"$hone" run tpe.yaml -j1 --store one --quiet
"$hone" run tpe.yaml -j1 --store killed --quiet 2> messages &
pid=$!
until [ -s killed/hone.db ] && [ "$("$hone" trials tpe --store killed --json 2> /dev/null |
    grep -c '"completed"')" -ge 10 ]; do
    kill -0 $pid 2> /dev/null || break
done
kill -KILL $pid 2> /dev/null || true
wait $pid 2> /dev/null || true
"$hone" resume tpe -j1 --store killed --quiet
table tpe one > expected
[ "$(wc -l < expected)" -eq 61 ] || { echo "tpe: wrong number of rows"; exit 1; }
table tpe killed | cmp - expected
echo "tpe: the same table twice"
