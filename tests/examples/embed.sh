#!/bin/sh
# embed.sh HONE SOURCE_DIR EMBED: the program is built by CMake, against include/ alone.
. "$(dirname "$0")/lib.sh"
need python3 awk
embed=$3
cd embed
expect "what it prints" "$("$embed" "$work/store" | tail -1)" "10 completed"
HONE_STORE=$work/store
export HONE_STORE
expect "the trials" "$(ask 'len(t)')" 10
expect "the best" "$(hone best --format args)" "--x=1 --y=0.5"
# A second run finds everything done.
expect "what it prints then" "$("$embed" "$work/store" | tail -1)" "10 completed"
expect "the attempts" "$(ask 'sum(x["attempts"] for x in t)')" 10
# The source is what the README says it is.
lines=$(grep -cv '^$' "$source_dir/examples/embed/embed.c")
[ "$lines" -le 45 ] || fail "embed.c has $lines lines"
