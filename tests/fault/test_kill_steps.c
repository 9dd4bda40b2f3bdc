/* hone is killed at each of its steps, and goes on: nothing is lost, nothing done twice.
 *
 * A step is a call through which something becomes visible to others (killer.c). The
 * sweep is run once untouched, which counts them; then once for each step, in a store of
 * its own, killed before it (with HONE_SOAK set: and once after it). The program that
 * goes on is in its turn killed at its steps. */
#include "fault_record.h"

static unsigned n_run, n_resume;

/* ---- one death ---- */

/* A run that ends by itself before the step is as good: the count is not the same each
 * time. */
static bool run_until(struct box *box, const char *when, unsigned step,
                      const char *command)
{
    char number[16];
    int status;
    const char *env[] = {"LD_PRELOAD", HONE_KILLER, when, number, NULL};
    snprintf(number, sizeof number, "%u", step);
    const char *spec = strcmp(command, "run") == 0 ? "sweep.yaml" : "-j2";
    if (!box_hone(box, env, &status, command, spec, "-j2", NULL))
        return false;
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        return true;
    return box_ended_well(box, status);
}

static bool finish_case(struct box *box, const char *title)
{
    bool good = box_go_on(box) && box_settle(box) && box_verify(box);
    return box_end_case(box, good, title);
}

static bool kill_run(unsigned step, const char *when)
{
    static struct box box;
    char title[64];
    snprintf(title, sizeof title, "%s=%u", when, step);
    box_make(&box, BOX_TRIALS);
    if (!run_until(&box, when, step, "run"))
        return box_end_case(&box, false, title);
    return finish_case(&box, title);
}

static bool kill_before(unsigned index)
{
    return kill_run(index + 1, "HONE_KILL_AT");
}

static bool kill_after(unsigned index)
{
    return kill_run(index + 1, "HONE_KILL_AFTER");
}

/* ---- two deaths ---- */

enum { FIRST_DEATHS = 4 };

/* The run dies at one of a few moments of its second half, where trials run; the one that
 * goes on at any of its steps. */
static bool kill_twice(unsigned index)
{
    static struct box box;
    char title[64];
    unsigned first =
        n_run * (FIRST_DEATHS + 1 + index % FIRST_DEATHS) / (2 * FIRST_DEATHS + 1);
    unsigned stride = box_soaking() ? 1 : 16;
    unsigned second = index / FIRST_DEATHS * stride + index % FIRST_DEATHS % stride + 1;
    snprintf(title, sizeof title, "killed at %u, then at %u", first, second);
    box_make(&box, BOX_TRIALS);
    if (!run_until(&box, "HONE_KILL_AT", first, "run") ||
        !run_until(&box, "HONE_KILL_AT", second, "resume"))
        return box_end_case(&box, false, title);
    return finish_case(&box, title);
}

/* Counts the steps of a run, or (`first` > 0) of what goes on after its death there. */
static unsigned count_steps(unsigned first)
{
    static struct box box;
    int status;
    const char *env[] = {"LD_PRELOAD", HONE_KILLER, "HONE_KILL_COUNT", "count", NULL};
    box_make(&box, BOX_TRIALS);
    bool good = first == 0 || run_until(&box, "HONE_KILL_AT", first, "run");
    good = good && box_hone(&box, env, &status, first == 0 ? "run" : "resume",
                            first == 0 ? "sweep.yaml" : "-j2", "-j2", NULL);
    good = good && (status == 0 || box_fail(&box, "status %d: %.900s", status, box.out));
    good = good && box_settle(&box) && box_verify(&box);
    unsigned n = good ? box_read_count(&box, "all") : 0;
    if (!box_end_case(&box, good, "untouched"))
        exit(EXIT_FAILURE);
    return n;
}

int main(void)
{
    enum { SKIPPED = 77 };
    box_enter();
    n_run = count_steps(0);
    if (n_run == 0) {
        printf("skipped: nothing can be put before the functions of this build\n");
        return SKIPPED;
    }
    n_resume = count_steps(n_run * 2 / 3);
    printf("a run has %u steps, going on has %u\n", n_run, n_resume);
    fflush(stdout);
    int failed = box_run_all("killed before each step", n_run, kill_before);
    if (box_soaking())
        failed += box_run_all("killed after each step", n_run, kill_after);
    failed +=
        box_run_all("killed again while going on",
                    box_soaking() ? FIRST_DEATHS * n_resume : n_resume / 4, kill_twice);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
