#!/bin/sh
# compress.sh TOOL LEVEL [true|false]: compresses FILE (default /bin/bash) and prints the
# size in bytes, how many times smaller that is, and the seconds it took.
set -eu
tool=$1
level=$2
extreme=${3:-false}
file=${FILE:-/bin/bash}
case $extreme in
true) level=${level}e ;;
esac
before=$(date +%s.%N)
size=$("$tool" "-$level" -c <"$file" | wc -c)
after=$(date +%s.%N)
whole=$(wc -c <"$file")
echo "size $size"
echo "ratio $(awk "BEGIN { printf \"%.4f\", $whole / $size }")"
echo "seconds $(awk "BEGIN { printf \"%.3f\", $after - $before }")"
