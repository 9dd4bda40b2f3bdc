/* A call of the orchestrator fails: the disk is full or broken, there is no descriptor,
 * no process. It may give up, in one line and with an exit status that says so, but it
 * never dies and never hangs; and once the trouble is over, going on gives what an
 * undisturbed run would have given.
 *
 * Each call of each class is failed, alone and together with those that follow it. */
#include "fault_record.h"

enum { FOR_GOOD = 1000000 };

/* A class of calls (killer.c), the errors that it meets in the wild, and how many calls
 * such trouble lasts: a disk that is full is waited for, and a socket takes bytes again
 * when it is said to be writable. */
static struct fault {
    const char *class;
    int error;
    unsigned lasts;
    unsigned n_calls; /* of an untouched run */
} faults[] = {
    {"write", ENOSPC, 3, 0},         {"write", EIO, FOR_GOOD, 0},
    {"sync", EIO, FOR_GOOD, 0},      {"sync", ENOSPC, 3, 0},
    {"cut", EIO, FOR_GOOD, 0},       {"create", ENOSPC, FOR_GOOD, 0},
    {"create", EMFILE, FOR_GOOD, 0}, {"open", EMFILE, FOR_GOOD, 0},
    {"open", EIO, FOR_GOOD, 0},      {"mkdir", ENOSPC, FOR_GOOD, 0},
    {"unlink", EIO, FOR_GOOD, 0},    {"rename", ENOSPC, FOR_GOOD, 0},
    {"spawn", EAGAIN, FOR_GOOD, 0},  {"spawn", ENOMEM, FOR_GOOD, 0},
    {"send", EAGAIN, 3, 0},          {"send", EPIPE, FOR_GOOD, 0},
};

enum { N_FAULTS = sizeof faults / sizeof faults[0] };

/* What a run that met an error says and returns. */
static bool check_manners(struct box *box, int status)
{
    if (!box_ended_well(box, status))
        return false;
    int code = WEXITSTATUS(status);
    if (code != 0 && code != 1 && code != 3)
        return box_fail(box, "exit status %d: %.800s", code, box->out);
    bool said =
        strncmp(box->out, "hone: ", 6) == 0 || strstr(box->out, "\nhone: ") != NULL;
    return code == 0 || said ||
           box_fail(box, "exit status %d without a word: %.800s", code, box->out);
}

static bool run_case(struct box *box, const char *plan)
{
    int status;
    const char *env[] = {"LD_PRELOAD", HONE_KILLER, "HONE_FAIL", plan, NULL};
    return box_hone(box, env, &status, "run", "sweep.yaml", "-j2", NULL) &&
           check_manners(box, status) && (status == 0 || box_go_on(box)) &&
           box_settle(box) && box_verify(box);
}

/* Which call of which class: cases go through all of them, by turns alone and lasting. */
static bool fail_call(unsigned index)
{
    static struct box box;
    char plan[64];
    unsigned stride = box_soaking() ? 1 : 13;
    unsigned i = index * stride + index % stride, at = 0, call = i / 2;
    while (at < N_FAULTS && call >= faults[at].n_calls)
        call -= faults[at++].n_calls;
    if (at == N_FAULTS)
        return true;
    snprintf(plan, sizeof plan, "%s:%u:%d:%u", faults[at].class, call + 1,
             faults[at].error, i % 2 == 0 ? 1 : faults[at].lasts);
    box_make(&box, BOX_TRIALS);
    return box_end_case(&box, run_case(&box, plan), plan);
}

/* The calls of an untouched run; false where nothing is counted. */
static bool count_calls(unsigned *total)
{
    static struct box box;
    int status = 0;
    const char *env[] = {"LD_PRELOAD", HONE_KILLER, "HONE_KILL_COUNT", "count", NULL};
    *total = 0;
    box_make(&box, BOX_TRIALS);
    bool good = box_hone(&box, env, &status, "run", "sweep.yaml", "-j2", NULL) &&
                box_settle(&box) && box_verify(&box);
    for (unsigned i = 0; i < N_FAULTS && good; i++) {
        faults[i].n_calls = box_read_count(&box, faults[i].class);
        *total += faults[i].n_calls;
    }
    bool counted = box_read_count(&box, "all") > 0;
    if (!box_end_case(&box, good, "untouched"))
        exit(EXIT_FAILURE);
    return counted;
}

int main(void)
{
    enum { SKIPPED = 77 };
    unsigned total;
    box_enter();
    if (!count_calls(&total)) {
        printf("skipped: nothing can be put before the functions of this build\n");
        return SKIPPED;
    }
    unsigned n = box_soaking() ? 2 * total : 2 * total / 13;
    printf("a run has %u calls that may fail, counted once for each error\n", total);
    fflush(stdout);
    return box_run_all("failing calls", n, fail_call) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
