#!/bin/sh
# The installed library is found by CMake's find_package and by pkg-config.
#   find_package.sh BUILD_DIR SOURCE_DIR
set -eu
build=$1
source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake --install "$build" --prefix "$work/usr" > "$work/log" 2>&1 ||
    { cat "$work/log"; exit 1; }
cmake -G Ninja -S "$source/tests/support/consumer" -B "$work/build" \
    -DCMAKE_PREFIX_PATH="$work/usr" -DCMAKE_C_FLAGS="${CONSUMER_CFLAGS:-}" > "$work/log" 2>&1 &&
    cmake --build "$work/build" >> "$work/log" 2>&1 || { cat "$work/log"; exit 1; }
[ "$("$work/build/consumer")" = 3 ] || { echo "consumer: wrong answer"; exit 1; }
pc=$(find "$work/usr" -name hone.pc)
PKG_CONFIG_PATH=$(dirname "$pc") pkg-config --static --libs hone | grep -q -- -lhone
"$work/usr/bin/hone" --version
