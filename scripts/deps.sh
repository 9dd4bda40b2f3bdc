#!/usr/bin/env bash
# Installs the Debian packages that a purpose needs and that are missing:
#
#   scripts/deps.sh build              compiler, CMake, Ninja and the libraries
#   scripts/deps.sh test               what the tests need besides
#   scripts/deps.sh examples           programs and data sets of the examples
#   scripts/deps.sh file PACKAGE PATH  prints where PATH of PACKAGE is; systems that leave out
#                                      /usr/share/doc get it unpacked below build/packages
#
# Several purposes may be named at once. Nothing is asked and nothing is done where all is
# there, so that it needs no rights then; else root or sudo.
set -euo pipefail

packages_of() {
    case $1 in
    build)
        echo gcc libc6-dev cmake ninja-build pkg-config libuv1-dev libyaml-dev \
            libsqlite3-dev libpcre2-dev libjansson-dev librandom123-dev libxxhash-dev
        ;;
    test) echo libcmocka-dev sqlite3 python3 ;;
    examples) echo xgboost liblinear-tools libfann-doc xz-utils zstd python3 ;;
    *)
        echo "deps.sh: no purpose \`$1'; there are build, test and examples" >&2
        return 2
        ;;
    esac
}

is_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo -- "$@"
    fi
}

apt() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q "$@" </dev/null
}

# The lists of packages are fetched only where they are too old, or not there at all.
install_missing() {
    local package missing=()

    for package in "$@"; do
        is_installed "$package" || missing+=("$package")
    done
    if [ ${#missing[@]} = 0 ]; then
        return 0
    fi
    if ! command -v apt-get >/dev/null; then
        echo "deps.sh: no apt-get here; install what these packages of Debian hold:" \
            "${missing[*]}" >&2
        return 1
    fi
    if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
        echo "deps.sh: installing packages needs root or sudo; missing are: ${missing[*]}" >&2
        return 1
    fi
    echo "deps.sh: installing ${missing[*]}" >&2
    if ! apt install -y --no-install-recommends "${missing[@]}" >/dev/null 2>&1; then
        apt update >&2
        apt install -y --no-install-recommends "${missing[@]}" >&2
    fi
}

find_file() {
    local package=$1 path=$2 folder

    if [ -e "$path" ]; then
        echo "$path"
        return 0
    fi
    folder=$(cd "$(dirname "$0")/.." && pwd)/build/packages/$package
    if [ ! -e "$folder$path" ]; then
        mkdir -p "$folder"
        (cd "$folder" && apt-get -q download "$package" >&2 && dpkg-deb -x ./*.deb . && rm ./*.deb)
    fi
    echo "$folder$path"
}

if [ $# = 0 ]; then
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
if [ "$1" = file ]; then
    find_file "$2" "$3"
    exit
fi
for purpose in "$@"; do
    read -r -a packages <<<"$(packages_of "$purpose")"
    [ ${#packages[@]} -gt 0 ] || exit 2
    install_missing "${packages[@]}"
done
