#!/usr/bin/env bash
# Builds hone with warnings as errors, ASan and UBSan, and runs all tests:
#   tests/run.sh [ARGUMENTS OF CTEST]
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/deps.sh build test
# The examples' packages are larger; a test whose package is missing is skipped.
scripts/deps.sh examples || echo "tests/run.sh: going on without some of the examples" >&2
# For the tests that run CMake themselves: Ninja is here, make need not be.
export CMAKE_GENERATOR=Ninja
cmake --preset ci
cmake --build --preset ci
ctest --test-dir build/ci --output-on-failure -j2 "$@"
