/* hone is killed at its steps while a population of trials climbs a ladder of budgets:
 * promotions and copies are neither lost nor made twice.
 *
 * What a population comes to depends on no order, so that a sweep which was killed and
 * went on has the trials, budgets and results of one that nobody touched; each trial ran
 * each of its stretches once, and each checkpoint tells the same story. Every STRIDE-th
 * step is tried; with HONE_SOAK set each of them. */
#include "fault_record.h"

enum { STRIDE = 9 };

static unsigned n_run;
static char expected[8192];

static void make_climb(struct box *box)
{
    static const char script[] =
        "dir=$HONE_CHECKPOINT_DIR done=0\n"
        "mkdir -p \"$dir\"\n"
        "[ -f \"$dir/state\" ] && read -r done <\"$dir/state\"\n"
        "echo \"trial $HONE_TRIAL from $done to $2\" >>runs\n"
        "echo \"loss: $((1000 - 10 * $1 - $2))\"\n"
        "echo \"$HONE_TRIAL to $2\" >>\"$dir/lineage\"\n"
        "echo \"$2\" >\"$dir/new\" && mv \"$dir/new\" \"$dir/state\"\n";
    static const char spec[] = "name: box\n"
                               "method: random\n"
                               "metric: {name: loss, goal: minimize}\n"
                               "parameters:\n"
                               "  lr: {min: 1, max: 60}\n"
                               "  epochs: {min: 1, max: 6}\n"
                               "fidelity: {parameter: epochs}\n"
                               "early_terminate: {type: pbt, population: 3, interval: 2,"
                               " quantile: 0.34}\n"
                               "command: 'sh trial.sh ${lr} ${epochs}'\n";
    box_make(box, BOX_TRIALS);
    box_write(box, "sweep.yaml", spec);
    box_write(box, "trial.sh", script);
}

/* Appends what a command of the shell prints in the box. */
static bool tell(struct box *box, const char *command, char *out, size_t size)
{
    char line[700];
    size_t len = strlen(out);
    snprintf(line, sizeof line, "cd '%s' && %s", box->dir, command);
    FILE *pipe = popen(line, "re");
    len += pipe != NULL ? fread(out + len, 1, size - len - 1, pipe) : 0;
    out[len] = '\0';
    return pipe != NULL && pclose(pipe) == 0;
}

/* All that became of the sweep. */
static bool describe(struct box *box, char *out, size_t size)
{
    int status;
    out[0] = '\0';
    if (!box_hone(box, NULL, &status, "trials", "--columns",
                  "number,status,epochs,lr,objective", NULL) ||
        status != 0)
        return box_fail(box, "the trials cannot be listed: %.800s", box->out);
    snprintf(out, size, "%s", box->out);
    return (tell(box, "sort runs", out, size) &&
            tell(box,
                 "for i in 1 2 3 4 5 6; do [ ! -e .hone/sweeps/*/trials/$i ] || "
                 "cat .hone/sweeps/*/trials/$i/checkpoint/lineage; done",
                 out, size)) ||
           box_fail(box, "what the trials left cannot be read");
}

static bool verify(struct box *box)
{
    char found[sizeof expected];
    if (!describe(box, found, sizeof found))
        return false;
    return strcmp(found, expected) == 0 || box_fail(box, "found:\n%.900s", found);
}

static bool run_until(struct box *box, const char *when, const char *number)
{
    int status;
    const char *env[] = {"LD_PRELOAD", HONE_KILLER, when, number, NULL};
    if (!box_hone(box, env, &status, "run", "sweep.yaml", "-j2", NULL))
        return false;
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        return true;
    return box_ended_well(box, status);
}

static bool kill_before(unsigned index)
{
    static struct box box;
    char title[64], number[16];
    unsigned step = index * (box_soaking() ? 1 : STRIDE) + 1;
    snprintf(number, sizeof number, "%u", step);
    snprintf(title, sizeof title, "killed at %u", step);
    make_climb(&box);
    bool good = run_until(&box, "HONE_KILL_AT", number) && box_go_on(&box) &&
                box_settle(&box) && verify(&box);
    return box_end_case(&box, good, title);
}

/* An untouched run: its steps, and what it comes to. */
static bool count_steps(void)
{
    static struct box box;
    make_climb(&box);
    bool good = run_until(&box, "HONE_KILL_COUNT", "count") && box_settle(&box) &&
                describe(&box, expected, sizeof expected);
    n_run = good ? box_read_count(&box, "all") : 0;
    return box_end_case(&box, good, "untouched");
}

int main(void)
{
    enum { SKIPPED = 77 };
    box_enter();
    if (!count_steps())
        return EXIT_FAILURE;
    if (n_run == 0) {
        printf("skipped: nothing can be put before the functions of this build\n");
        return SKIPPED;
    }
    printf("a run has %u steps; untouched it comes to\n%s", n_run, expected);
    fflush(stdout);
    unsigned n = box_soaking() ? n_run : n_run / STRIDE;
    return box_run_all("killed while trials climb", n, kill_before) == 0 ? EXIT_SUCCESS
                                                                         : EXIT_FAILURE;
}
