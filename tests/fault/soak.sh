#!/usr/bin/env bash
# All that ends hone by force, at full length (tens of minutes):
#   tests/fault/soak.sh BUILD_DIR
set -euo pipefail
programs=${1:?the folder of a build, as build/ci}/tests/fault
export HONE_SOAK=1
failed=0
for name in kill_steps call_errors lost_keepers random_deaths; do
    echo "== $name"
    "$programs/fault_$name" || failed=1
done
exit $failed
