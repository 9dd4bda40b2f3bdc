/* hone is killed 200 times at random moments of sweeps of 500 trials, eight at a time,
 * and goes on each time: how many trials were lost, how many were run twice. By hand,
 * through soak.sh; takes minutes. */
#include "fault_record.h"

enum { DEATHS = 200, TRIALS = 500 };

/* One life: at most `ms`. Returns 1 where it was ended by force, 0 where the sweep came
 * to its end, -1 for a failure. */
static int live(struct box *box, unsigned ms)
{
    static const char *const args[] = {"hone", "run", "sweep.yaml", "-j8", "-q", NULL};
    int status;
    pid_t pid = box_spawn(box, NULL, args);
    bool killed = box_still_runs(pid, ms);
    if (killed)
        kill(pid, SIGKILL);
    if (!box_wait(box, pid, &status))
        return -1;
    if (killed && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        return 1;
    if (status == 0)
        return 0;
    box_fail(box, "status %#x: %.900s", (unsigned)status, box->out);
    return -1;
}

/* A sweep with as many deaths as it takes, `left` at the most. */
static bool run_sweep(struct box *box, unsigned *seed, unsigned *left)
{
    int outcome = 1;
    while (outcome == 1 && *left > 0) {
        outcome = live(box, 20 + box_draw(seed, 300));
        *left -= outcome == 1;
    }
    if (outcome == 1)
        outcome = live(box, BOX_PATIENCE_MS);
    return outcome == 0 && box_settle(box) && box_verify(box);
}

int main(void)
{
    static struct box box;
    unsigned seed = (unsigned)time(NULL), left = DEATHS, n_sweeps = 0;
    box_enter();
    setenv("BOX_LONG", "0.2", 1);
    printf("seed %u\n", seed);
    while (left > 0) {
        box_make(&box, TRIALS);
        if (!box_end_case(&box, run_sweep(&box, &seed, &left), "random deaths"))
            return EXIT_FAILURE;
        n_sweeps++;
        printf("sweep %u: %d trials, %u deaths so far, 0 lost, 0 doubled\n", n_sweeps,
               TRIALS, DEATHS - left);
        fflush(stdout);
    }
    return EXIT_SUCCESS;
}
