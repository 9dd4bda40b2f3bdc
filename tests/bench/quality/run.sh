#!/bin/sh
# Measures everything anew and writes README.md: run.sh BUILD_DIR [OPTION OF bench_quality...]
# First adds to baseline-optuna31.json what Debian's Optuna has not run yet on the functions
# that the older baseline has not (an hour, were it empty; SEEDS=15), where python3-optuna
# and python3-cmaes are installed; SEEDS=0 leaves the baseline as it is. STRATEGIES sets which of hone's are measured.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "${1:?run.sh BUILD_DIR [OPTION...]}" && pwd)
shift
program=$build/tests/bench/quality/bench_quality
processors=$(nproc) # before it is told of one thread
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
optuna=/usr/bin/python3
"$optuna" -c 'import optuna, cmaes' 2>/dev/null || optuna=

functions=$("$program" --list | cut -d' ' -f1 | while read -r name; do
    grep -q "\"$name\"" "$here/baseline-2026-09.json" || echo "$name"
done | paste -sd, -)
if [ -n "$optuna" ]; then
    "$optuna" -B "$here/optuna_side.py" "$program" "$here/baseline-optuna31.json" \
        --seeds "${SEEDS:-15}" --jobs "$processors" --functions "$functions"
fi
strategies=${STRATEGIES:-$("$program" --list-strategies)}
trap 'rm -f "$here/README.md.new"' EXIT
{
    cat "$here/about.md"
    printf '\n## Figures\n\n`run.sh` on %s, %s processors of %s; `bench_quality %s`.\n\n' \
        "$(date -u +%Y-%m-%d)" "$processors" "$(uname -m)" "--strategies $strategies $*"
    "$program" --strategies "$strategies" --baseline "$here/baseline-2026-09.json" \
        --baseline "$here/baseline-optuna31.json" --jobs "$processors" "$@"
    if [ -n "$optuna" ]; then
        printf '\n## Time for a suggestion\n\n'
        "$optuna" -B "$here/optuna_side.py" "$program" --latency --strategies "$strategies"
    fi
} > "$here/README.md.new"
mv "$here/README.md.new" "$here/README.md"
