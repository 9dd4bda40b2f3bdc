#!/bin/sh
# What one run writes is the bar of the next, and equal to it: roundtrip.sh BENCH_QUALITY
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
run() { "$@" --functions branin,pipeline --strategies random,sobol --seeds 4 --trials 50; }

run "$1" --json "$place/first.json" > "$place/first"
run "$1" --baseline "$place/first.json" --against ' random' > "$place/second"
run "$1" --baseline "$place/first.json" --against ' random' --jobs 1 > "$place/third"

# Without a baseline nothing is judged.
grep -q '^| random         |  0  0  0    |  0  0  0    |$' "$place/first"
grep -q '^| random         |  0  2  0    |  0  2  0    |$' "$place/second"
grep -q '^| branin       | bar .*(hone random)' "$place/second"
# How many processes there are changes nothing but the time.
sed 's/[^|]*|$//' "$place/second" > "$place/a"
sed 's/[^|]*|$//' "$place/third" | cmp - "$place/a"
[ "$("$1" --list | wc -l)" -ge 16 ]
echo "same"
