#!/bin/sh
# Compiles the trainer and copies the diabetes data of Debian's libfann-doc:
# prepare.sh [FOLDER WITH diabetes.train AND diabetes.test]
set -eu
cd "$(dirname "$0")"
source=${1:-/usr/share/doc/libfann-dev/examples/datasets}
if [ ! -r "$source/diabetes.train" ]; then
    echo "prepare.sh: no $source/diabetes.train; install libfann-doc, or name the folder" >&2
    exit 1
fi
mkdir -p data
cp "$source/diabetes.train" data/train
cp "$source/diabetes.test" data/validation
"${CC:-cc}" -O2 -Wall -Wextra -o tree tree.c -lm
