# train.sh LR EPOCHS: descends on (x - 3)^2, an epoch a step, from its checkpoint on. The
# first copy kills hone, once, and goes on to its end.
dir=$HONE_CHECKPOINT_DIR
mkdir -p "$dir"
x=0 done=0
[ -f "$dir/state" ] && read -r x done < "$dir/state"
echo "trial $HONE_TRIAL attempt $HONE_ATTEMPT from $done to $2" >> runs
until [ -s pid ]; do [ -e runs ] || break; done
[ "$HONE_TRIAL" -gt 4 ] && mkdir killed 2> /dev/null && kill -9 "$(cat pid)"
while [ "$done" -lt "$2" ]; do
    done=$((done + 1))
    x=$(awk -v x="$x" -v lr="$1" 'BEGIN { printf "%.17g", x - lr * 2 * (x - 3) }')
    awk -v x="$x" -v e="$done" 'BEGIN { printf "epoch=%d loss=%.6f\n", e, (x - 3) ^ 2 }'
done
echo "$x $done" > "$dir/new" && mv "$dir/new" "$dir/state"
echo "$HONE_TRIAL to $done" >> "$dir/lineage"
