/* Keepers are killed at random moments, under a living hone and under a dead one: the
 * attempts that they ran count as lost and are run again, all others are left alone, and
 * the sweep comes to the same end. */
#include <glob.h>

#include "fault_record.h"

enum { KILLS = 2 /* a trial that is lost three times has failed */ };

/* Whether a process is a keeper of the box: a lock file may name one that has ended. */
static bool is_keeper(const struct box *box, int pid)
{
    static const char head[] = "hone-keeper\0__keeper";
    char path[64], text[600];
    snprintf(path, sizeof path, "/proc/%d/cmdline", pid);
    FILE *file = fopen(path, "re");
    size_t n = file != NULL ? fread(text, 1, sizeof text - 1, file) : 0;
    text[n] = '\0';
    if (file != NULL)
        fclose(file);
    return n > sizeof head && memcmp(text, head, sizeof head) == 0 &&
           strncmp(text + sizeof head, box->dir, strlen(box->dir)) == 0;
}

/* Kills the keeper of one of the two slots, as its lock names it; none is as good. */
static void kill_one(const struct box *box, unsigned *seed)
{
    char pattern[300];
    int pid = 0;
    glob_t found;
    snprintf(pattern, sizeof pattern, "%s/.hone/sweeps/*/slots/%u/lock", box->dir,
             box_draw(seed, 2));
    if (glob(pattern, 0, NULL, &found) != 0)
        return;
    FILE *file = fopen(found.gl_pathv[0], "re");
    if (file != NULL && fscanf(file, "%d", &pid) == 1 && pid > 1 && is_keeper(box, pid))
        kill(pid, SIGKILL);
    if (file != NULL)
        fclose(file);
    globfree(&found);
}

static bool run_case(struct box *box, unsigned seed, bool hone_dies)
{
    static const char *const args[] = {"hone", "run", "sweep.yaml", "-j2", NULL};
    int status;
    pid_t pid = box_spawn(box, NULL, args);
    for (int i = 0; i < KILLS && box_still_runs(pid, 20 + box_draw(&seed, 200)); i++) {
        if (hone_dies)
            kill(pid, SIGKILL);
        kill_one(box, &seed);
    }
    if (!box_wait(box, pid, &status))
        return false;
    bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && hone_dies;
    if (!killed && status != 0)
        return box_fail(box, "status %#x: %.900s", (unsigned)status, box->out);
    return (!killed || box_go_on(box)) && box_settle(box) && box_verify(box);
}

static bool kill_keepers(unsigned index)
{
    static struct box box;
    char title[40];
    snprintf(title, sizeof title, "case %u", index);
    box_make(&box, BOX_TRIALS);
    box.reruns = true;
    return box_end_case(&box, run_case(&box, index + 1, index / 2 % 2 == 1), title);
}

int main(void)
{
    box_enter();
    unsigned n = box_soaking() ? 1000 : 30;
    return box_run_all("killed keepers", n, kill_keepers) == 0 ? EXIT_SUCCESS
                                                               : EXIT_FAILURE;
}
