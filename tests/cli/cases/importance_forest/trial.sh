case $x$y in
*77*) exit 1 ;;
*44*) echo loss=nan ;;
*) echo loss=$((x * x / 100 + 5 * ${depth:-0})) ;;
esac
