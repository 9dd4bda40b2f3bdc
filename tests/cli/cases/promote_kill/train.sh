# train.sh LR: nine epochs of descent on (x - 3)^2, from its checkpoint on. At epochs 1 and
# 3 it waits to be ended: so this sweep has it. The first trial that goes on kills hone,
# once.
dir=$HONE_CHECKPOINT_DIR
mkdir -p "$dir"
x=0 done=0
[ -f "$dir/state" ] && read -r x done < "$dir/state"
echo "trial $HONE_TRIAL attempt $HONE_ATTEMPT from $done" >> runs
until [ -s pid ]; do [ -e runs ] || break; done
[ "$done" -eq 1 ] && mkdir killed 2> /dev/null && kill -9 "$(cat pid)"
while [ "$done" -lt 9 ]; do
    done=$((done + 1))
    x=$(awk -v x="$x" -v lr="$1" 'BEGIN { printf "%.17g", x - lr * 2 * (x - 3) }')
    echo "$x $done" > "$dir/new" && mv "$dir/new" "$dir/state"
    awk -v x="$x" -v e="$done" 'BEGIN { printf "epoch=%d loss=%.6f\n", e, (x - 3) ^ 2 }'
    case $done in 1 | 3) exec sleep 1000 ;; esac
done
