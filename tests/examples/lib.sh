# shellcheck shell=sh
# For the tests of the examples: lib.sh is sourced with the program and the source folder as
# arguments. Works in a temporary copy of examples/; exit status 77 skips a test.
set -eu
source_dir=$2
work=$(mktemp -d "${TMPDIR:-/tmp}/hone-example-XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
ln -s "$1" "$work/bin/hone"
PATH=$work/bin:$PATH
unset HONE_STORE
cp -r "$source_dir/examples" "$work/examples"
# What somebody made in the source folder by hand is none of ours.
find "$work/examples" -name .hone -prune -exec rm -rf {} +
cd "$work/examples"

fail() {
    echo "FAIL: $*" >&2
    exit 1
}

# need COMMAND|FILE...: skips the test where one is missing.
need() {
    for thing; do
        if [ ! -e "$thing" ] && ! command -v "$thing" >/dev/null; then
            echo "skipped: no $thing here; scripts/deps.sh examples installs it"
            exit 77
        fi
    done
}

# expect WHAT ACTUAL EXPECTED
expect() {
    [ "$2" = "$3" ] || fail "$1 is '$2', not '$3'"
}

# ask PYTHON-EXPRESSION: of the trials of the newest sweep, `t` (hone trials --json).
ask() {
    hone trials --json | python3 -c 'import json, sys
t = json.load(sys.stdin)
print(eval(sys.argv[1]))' "$1"
}
