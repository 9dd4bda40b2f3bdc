#!/bin/sh
# dictionary.sh SIZE LEVEL: trains a zstd dictionary of at most SIZE bytes on some texts,
# compresses others with it, each alone, and prints what share of their bytes is left.
#
# HONE_SEED decides which texts are learnt and which are tested, as in cross-validation.
set -eu
size=$1
level=$2
texts=${TEXTS:-/usr/share/doc}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
find "$texts" -name copyright -type f -size -24k | LC_ALL=C sort |
    awk -v seed="$HONE_SEED" 'BEGIN { srand(seed) } { printf "%.9f %s\n", rand(), $0 }' |
    LC_ALL=C sort | cut -d' ' -f2- >"$work/shuffled"
n=0
while [ $n -lt 90 ] && read -r text; do
    n=$((n + 1))
    part=learnt
    [ $((n % 3)) -ne 0 ] || part=tested
    mkdir -p "$work/$part"
    cp "$text" "$work/$part/$n"
done <"$work/shuffled"
zstd -q --train "$work"/learnt/* --maxdict="$size" -o "$work/dictionary" 2>"$work/said" ||
    { cat "$work/said" >&2; exit 1; }
mkdir "$work/small"
zstd -q "-$level" -D "$work/dictionary" --output-dir-flat "$work/small" "$work"/tested/*
before=$(cat "$work"/tested/* | wc -c)
after=$(cat "$work"/small/* | wc -c)
awk "BEGIN { printf \"share %.5f\n\", $after / $before }"
