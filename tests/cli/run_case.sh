#!/bin/sh
# Runs one case of the command line: run_case.sh PROGRAM CASE_FOLDER
#
# The case's files are copied to a fresh folder, and there `cmd` is run by sh, with `hone`
# on the PATH and no settings of the user's. Then are compared
#   stdout, stderr   what it printed; a file that is not there: nothing
#   exit             its status, 0 without the file
# `filter`, a sed script, is applied to what was printed, for times and the like.
# $HONE_SUPPORT is tests/support. An output named in `ignore` (a line each) is not compared.
set -u
program=$1
case=$2
work=$(mktemp -d "${TMPDIR:-/tmp}/hone-cli-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin" "$work/run" "$work/got"
ln -s "$program" "$work/bin/hone"
cp -R "$case/." "$work/run"
(cd "$work/run" && rm -f stdout stderr exit filter ignore)
HONE_SUPPORT=$(cd "$(dirname "$0")/../support" && pwd)
export HONE_SUPPORT
cd "$work/run" || exit 1
unset HONE_STORE COLUMNS
PATH=$work/bin:$PATH LC_ALL=C.UTF-8 NO_COLOR=1 HOME=$work \
    sh ./cmd >"$work/got/stdout" 2>"$work/got/stderr" </dev/null
status=$?

failed=0
expected=0
[ -f "$case/exit" ] && expected=$(cat "$case/exit")
if [ "$status" != "$expected" ]; then
    echo "exit status is $status, expected $expected"
    failed=1
fi
for name in stdout stderr; do
    if [ -f "$case/filter" ]; then
        sed -E -f "$case/filter" "$work/got/$name" >"$work/got/filtered"
        mv "$work/got/filtered" "$work/got/$name"
    fi
    if [ -f "$case/ignore" ] && grep -qx "$name" "$case/ignore"; then
        continue
    fi
    expected_file=$case/$name
    [ -f "$expected_file" ] || expected_file=/dev/null
    if ! diff -u "$expected_file" "$work/got/$name"; then
        echo "$name differs"
        failed=1
    fi
done
if [ $failed -ne 0 ]; then
    echo "--- stderr was"
    cat "$work/got/stderr"
fi
exit $failed
