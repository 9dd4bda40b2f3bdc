#!/bin/sh
# The README's first sweep, as it stands there: the blocks marked "sh first", in order.
. "$(dirname "$0")/lib.sh"
need python3 awk
mkdir "$work/first"
cd "$work/first"
awk '/^```sh first$/ { on = 1; next } /^```/ { on = 0 } on' "$source_dir/README.md" >commands
grep -q 'hone run' commands || fail "README.md has no commands"
sh -eu commands >out 2>err || { cat out err >&2; fail "a command of README.md failed"; }
expect "the trials completed" "$(ask 'sum(x["status"] == "completed" for x in t)')" 12
eval "$(hone best --format env)"
expect "the best lr" "$HONE_PARAM_LR" 0.1
expect "the best depth" "$HONE_PARAM_DEPTH" 4
hone export --to csv -o trials.csv
expect "the lines of the CSV" "$(wc -l <trials.csv)" 13
# Every yaml block of docs/spec.md that is a whole spec is one that hone takes.
awk '/^```yaml$/ { on = 1; n++; next } /^```/ { on = 0 } on { print > ("block" n ".yaml") }' \
    "$source_dir/docs/spec.md"
whole=0
for block in block*.yaml; do
    grep -q '^method:' "$block" || continue
    whole=$((whole + 1))
    hone check "$block" || fail "docs/spec.md: $block"
done
[ "$whole" -ge 1 ] || fail "docs/spec.md has no spec"
