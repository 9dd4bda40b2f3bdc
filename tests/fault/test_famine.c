/* Memory runs out at each allocation of a whole sweep in turn, in the program itself: in
 * reading the spec, in the record and its thread, in SQLite, libuv, PCRE2 and libyaml, in
 * going on, and in a keeper. Alone, or with all that follow.
 *
 * Each time hone says in one line that it gives up, or comes to the end: it never dies,
 * hangs or leaks, and leaves no wrong record. Going on afterwards, with memory, gives
 * what an undisturbed run would have given. */
#include "fault_record.h"

/* `sweep`: what has memory fail, in which command. */
typedef enum starved { OF_RUN, OF_RESUME, OF_KEEPER, N_PARTS } starved;

static const char *const part_names[N_PARTS] = {"run", "resume", "keeper"};
static unsigned n_allocations[N_PARTS];

enum { TRIALS = 3, STEP_OF_DEATH = 180, STRIDE = 449 };

/* Of `who` the first that the last run has counted; 0: none. */
static unsigned read_allocations(const struct box *box, const char *who)
{
    char path[512], name[32];
    unsigned n, found = 0;
    snprintf(path, sizeof path, "%s/count", box->dir);
    FILE *file = fopen(path, "re");
    while (file != NULL && found == 0 && fscanf(file, "%31s %u", name, &n) == 2)
        found = strcmp(name, who) == 0 ? n : 0;
    if (file != NULL)
        fclose(file);
    return found;
}

/* What a hone that had no memory says and returns. */
static bool check_manners(struct box *box, int status)
{
    if (!box_ended_well(box, status))
        return false;
    int code = WEXITSTATUS(status);
    if (code != 0 && code != 1 && code != 2 && code != 3)
        return box_fail(box, "exit status %d: %.800s", code, box->out);
    return code == 0 || strstr(box->out, "hone: ") != NULL ||
           strstr(box->out, "error: ") != NULL ||
           box_fail(box, "exit status %d without a word: %.800s", code, box->out);
}

/* A sweep whose orchestrator died in the middle: trials of it run, have ended unseen, and
 * are still to come. */
static bool run_half(struct box *box)
{
    char step[16];
    int status;
    const char *env[] = {"LD_PRELOAD", HONE_KILLER, "HONE_KILL_AT", step, NULL};
    snprintf(step, sizeof step, "%d", STEP_OF_DEATH);
    return box_hone(box, env, &status, "run", "sweep.yaml", "-j2", NULL) &&
           ((WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) ||
            box_fail(box, "did not die: %.800s", box->out));
}

static bool run_starving(struct box *box, starved part, const char *const *env,
                         int *status)
{
    if (part == OF_RESUME)
        return run_half(box) && box_hone(box, env, status, "resume", "-j2", NULL);
    return box_hone(box, env, status, "run", "sweep.yaml", "-j2", NULL);
}

static bool run_case(struct box *box, starved part, const char *plan)
{
    int status;
    const char *env[] = {"LD_PRELOAD",       HONE_FAMINE, "HONE_FAMINE", plan,
                         "HONE_FAMINE_MARK", "starving",  NULL};
    return run_starving(box, part, env, &status) && check_manners(box, status) &&
           box_go_on(box) && box_settle(box) && box_verify(box);
}

/* Case `i` of a part: its allocations in turn, once and on. */
static bool starve(starved part, unsigned i)
{
    static struct box box;
    char plan[64], title[100];
    snprintf(plan, sizeof plan, "%s:%u:%s", part == OF_KEEPER ? "keeper" : "hone",
             i / 2 + 1, i % 2 == 0 ? "once" : "on");
    snprintf(title, sizeof title, "%s, %s", part_names[part], plan);
    box_make(&box, TRIALS);
    box.reruns = true;
    return box_end_case(&box, run_case(&box, part, plan), title);
}

static bool starve_keeper(unsigned index)
{
    return starve(OF_KEEPER, index);
}

/* All, or a few from everywhere. */
static bool starve_hone(unsigned index)
{
    unsigned stride = box_soaking() ? 1 : STRIDE;
    unsigned i = index * stride + index % stride, n_run = 2 * n_allocations[OF_RUN];
    return i < n_run ? starve(OF_RUN, i) : starve(OF_RESUME, i - n_run);
}

static void count_part(starved part)
{
    static struct box box;
    int status = 0;
    const char *env[] = {"LD_PRELOAD", HONE_FAMINE, "HONE_FAMINE_COUNT", "count", NULL};
    box_make(&box, TRIALS);
    bool good = run_starving(&box, part, env, &status) && check_manners(&box, status) &&
                box_settle(&box) && box_verify(&box);
    n_allocations[part] = read_allocations(&box, part == OF_KEEPER ? "keeper" : "hone");
    if (!box_end_case(&box, good, part_names[part]))
        exit(EXIT_FAILURE);
}

int main(void)
{
    enum { SKIPPED = 77 };
    unsigned total = 0;
    box_enter();
    for (int i = 0; i < N_PARTS; i++) {
        count_part((starved)i);
        total += n_allocations[i];
        printf("%s: %u allocations\n", part_names[i], n_allocations[i]);
    }
    fflush(stdout);
    if (total == 0) {
        printf("skipped: nothing can be put before the functions of this build\n");
        return SKIPPED;
    }
    unsigned n = 2 * (n_allocations[OF_RUN] + n_allocations[OF_RESUME]);
    int failed = box_run_all("failing allocations of a keeper",
                             2 * n_allocations[OF_KEEPER], starve_keeper);
    failed += box_run_all("failing allocations of hone", box_soaking() ? n : n / STRIDE,
                          starve_hone);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
