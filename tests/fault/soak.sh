#!/usr/bin/env bash
# All that ends hone by force, at full length (hours), or the tests that are named:
#   tests/fault/soak.sh BUILD_DIR [NAME...]
set -euo pipefail
programs=${1:?the folder of a build, as build/ci}/tests/fault
shift
[ $# -gt 0 ] || set -- kill_steps kill_climb call_errors lost_keepers power famine clock random_deaths \
    test_memory_ask
export HONE_SOAK=1
failed=0
for name in "$@"; do
    echo "== $name"
    "$programs/fault_$name" || failed=1
done
exit $failed
