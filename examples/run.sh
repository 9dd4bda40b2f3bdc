#!/usr/bin/env bash
# From a bare Debian 12 to a finished sweep: installs what is missing, builds hone, and tries
# twenty settings of gradient boosted trees on real data. Run again, it has nothing to do
# but show the result.
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"

scripts/deps.sh build
scripts/deps.sh examples
cmake --preset release -DHONE_TESTS=OFF >/dev/null
cmake --build --preset release --target hone
hone=$top/build/release/orchestrator/cli/hone

cd examples/xgboost
./prepare.sh "$("$top/scripts/deps.sh" file liblinear-tools \
    /usr/share/doc/liblinear-tools/examples/heart_scale)"
"$hone" run sweep.yaml
echo
echo "The trials, best first:"
"$hone" trials xgboost --sort objective \
    --columns number,status,eta,max_depth,test-logloss,test-error,train-logloss,duration
echo
echo "The best learning rate and depth:"
"$hone" best xgboost
