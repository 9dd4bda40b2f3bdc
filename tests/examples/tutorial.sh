#!/bin/sh
# tutorial.sh HONE SOURCE_DIR PROGRAM: the program has the strategy of the tutorial.
. "$(dirname "$0")/lib.sh"
need python3 awk
ln -sf "$3" "$work/bin/hone"
mkdir "$work/halving"
cd "$work/halving"
cat >sweep.yaml <<'END'
method: {name: halving, step: 0.3}
metric: {name: loss, goal: minimize}
parameters:
  x: {min: -1.0, max: 2.0}
  y: {min: 0.001, max: 10.0, scale: log}
  n: {min: 1, max: 9}
command: |
  awk -v x=${x} -v y=${y} -v n=${n} 'BEGIN { print "loss=" x^2 + (log(y / 0.1))^2 / 10 + (n - 3)^2 / 9 }'
stop: {trials: 60}
END
hone run sweep.yaml -j 1 --quiet
expect "the trials" "$(ask 'len(t)')" 60
expect "the first trial" "$(ask 't[0]["params"]["x"], t[0]["params"]["n"]')" "(0.5, 5)"
expect "whether it has found the valley" "$(ask 'min(x["objective"] for x in t) < 0.02')" True
# The same from the record: killed in the middle, gone on with, nothing differs.
ask '[x["params"] for x in t]' >whole
sed 's/trials: 60/trials: 30/' sweep.yaml >half.yaml
hone run half.yaml -j 1 --quiet --name cut
hone run sweep.yaml -j 1 --quiet --name cut
ask '[x["params"] for x in t]' >cut
cmp whole cut || fail "a sweep that went on is another"
# Its options and its name are checked as any other's.
for method in '{name: halving, step: 2}' '{name: halving, stride: 1}' havling; do
    sed "s/^method:.*/method: $method/" sweep.yaml >wrong.yaml
    if hone check wrong.yaml 2>said; then fail "method $method is taken"; fi
done
grep -q 'did you mean halving' said || fail "the name is not suggested"
