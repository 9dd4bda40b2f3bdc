#!/bin/sh
# Compiles the trainer and copies the abalone data of Debian's libfann-doc:
# prepare.sh [FOLDER WITH abelone.train AND abelone.test]
set -eu
cd "$(dirname "$0")"
source=${1:-/usr/share/doc/libfann-dev/examples/datasets}
if [ ! -r "$source/abelone.train" ]; then
    echo "prepare.sh: no $source/abelone.train; install libfann-doc, or name the folder" >&2
    exit 1
fi
mkdir -p data
cp "$source/abelone.train" data/train
cp "$source/abelone.test" data/test
"${CC:-cc}" -O2 -Wall -Wextra -o regress regress.c -lm
