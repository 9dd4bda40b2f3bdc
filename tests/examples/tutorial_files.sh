#!/bin/sh
# tutorial_files.sh SOURCE_DIR OUTPUT_DIR: what docs/tutorial-strategy.md tells to write.
set -eu
page=$1/docs/tutorial-strategy.md
mkdir -p "$2"
awk '/^```c$/ { on = 1; next } /^```/ { on = 0 } on' "$page" >"$2/halving.c"
cp "$1/strategies/table.c" "$1/strategies/schedulers.def" "$1/strategies/promoters.def" "$2"
{ cat "$1/strategies/strategies.def"; sed -n 's/^    \(STRATEGY(.*)\)$/\1/p' "$page"; } >"$2/strategies.def"
