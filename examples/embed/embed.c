/* A sweep run from a program of one's own: include/hone alone, and no files but the
 * store. usage: embed [STORE] */
#include <stdio.h>
#include <string.h>

#include <hone/hone.h>

static const char text[] = "name: embed\n"
                           "method: grid\n"
                           "metric: {name: loss, goal: minimize}\n"
                           "parameters:\n"
                           "  x: {min: -2, max: 2, step: 1}\n"
                           "  y: {values: [0.5, 1.5]}\n"
                           "command: awk -v x=${x} -v y=${y} "
                           "'BEGIN { print \"loss=\" (x - 1) ^ 2 + y }'\n";

static void show_end(void *arg, const hone_trial_info *trial)
{
    (void)arg;
    printf("trial %llu %s\n", (unsigned long long)trial->number,
           hone_status_text(trial->status));
}

int main(int argc, char **argv)
{
    hone_sweep_options options = {.store = argc > 1 ? argv[1] : ".hone",
                                  .handle_signals = true,
                                  .observer = {.ended = show_end}};
    hone_sweep_outcome outcome = {0};
    hone_error err = {0};
    hone_spec *spec = NULL;
    int code;

    /* hone starts this program again as the keeper of its trials: see to that first. */
    if (argc > 1 && strcmp(argv[1], "__keeper") == 0)
        return hone_keeper_main(argc, argv);
    code = hone_spec_read("embed.yaml", text, strlen(text), &spec, &err);
    if (code == 0)
        code = hone_sweep_run(spec, &options, &outcome, &err);
    hone_spec_free(spec);
    if (code) {
        fprintf(stderr, "embed: %s\n", err.text);
        return 1;
    }
    printf("%llu completed\n", (unsigned long long)outcome.counts[HONE_STATUS_COMPLETED]);
    return 0;
}
