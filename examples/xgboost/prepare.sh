#!/bin/sh
# Splits the heart disease data of Debian's liblinear-tools into data/train.txt and
# data/test.txt: prepare.sh [HEART_SCALE]
set -eu
cd "$(dirname "$0")"
source=${1:-/usr/share/doc/liblinear-tools/examples/heart_scale}
if [ ! -r "$source" ]; then
    echo "prepare.sh: no $source; install liblinear-tools, or name the file" >&2
    exit 1
fi
mkdir -p data
awk -v folder=data -f split.awk "$source"
