#!/bin/sh
# The library has no mutable object at file scope: .data and .bss of every object are empty.
#   no_mutable_data.sh LIBHONE.a
set -eu
found=$(size -A "$1" | awk '/:$|^[^ ]+\.o/ {object = $1} /^\.(data|bss|tbss|tdata)(\..*)?[ \t]/ &&
    $1 !~ /^\.data\.rel\.ro/ && $2 > 0 {print object, $1, $2 " bytes"}')
if [ -n "$found" ]; then
    echo "mutable data in:"
    echo "$found"
    exit 1
fi
echo "no mutable data in $1"
