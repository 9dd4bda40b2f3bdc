/* Commands that misbehave, times the ways in which a trial comes to its end: each has the
 * right status and reason, hone ends with the right status and does not hang, and three
 * seconds later (more where the machine is overloaded) there is no process left of any of
 * them, nor a keeper.
 *
 * A hand is the subreaper of all that it starts, whatever that does to its environment,
 * descriptors, names and parents: as long as anything is left, waiting finds a child.
 *
 * Each time all commands run at once, one sweep for each way to end; with HONE_SOAK each
 * command also has a sweep of its own for each way. */
#include <sqlite3.h>

#include "fault_box.h"

enum { LEFT_S = 3, N_MAX = 40, READY_MS = 60000 };

/* What it comes to when it is left to itself. */
static const struct misbehaviour {
    const char *what;
    const char *status, *reason; /* NULL: it never ends, and is killed */
    int exit_code, signal;
} all[] = {
    {"hang", NULL, NULL, 0, 0},
    {"ignore-term", "completed", "", 0, 0},
    {"stopped", NULL, NULL, 0, 0},
    {"daemon", "completed", "", 0, 0},
    {"setsid", "completed", "", 0, 0},
    {"bomb", "completed", "", 0, 0},
    {"close-output", "completed", "", 0, 0},
    {"long-line", "completed", "", 0, 0},
    {"binary", "completed", "", 0, 0},
    {"late-writer", "completed", "", 0, 0},
    {"stray-pipe", "completed", "", 0, 0},
    {"own-group", "failed", "signal", 0, SIGKILL},
    {"renamed", "completed", "", 0, 0},
    {"reexec", "completed", "", 0, 0},
    {"fork-on-term", "completed", "", 0, 0},
    {"hopper", "completed", "", 0, 0},
    {"stranger", "completed", "", 0, 0},
    {"flood", "completed", "", 0, 0},
    {"truncate", "completed", "", 0, 0},
    {"no-folder", "completed", "", 0, 0},
    {"read-only", "completed", "", 0, 0},
    {"exec-missing", "failed", "exit", 127, 0},
    {"exit-255", "failed", "exit", 255, 0},
    {"core", "failed", "signal", 0, SIGABRT},
};

enum { N_ALL = sizeof all / sizeof all[0] };

/* A sweep of the misbehaviours first..first+n-1. */
struct scene {
    struct box box;
    unsigned first, n;
    int ready_fd, go_fd;
    pid_t hone;
    char concurrency[16];
};

/* ---- the box ---- */

static bool copy_program(const struct box *box)
{
    char path[512], block[64 * 1024];
    snprintf(path, sizeof path, "%s/misbehave", box->dir);
    int from = open(HONE_MISBEHAVE, O_RDONLY | O_CLOEXEC);
    int to = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0777);
    ssize_t n = -1;
    bool good = from >= 0 && to >= 0;
    while (good && (n = read(from, block, sizeof block)) > 0)
        good = write(to, block, (size_t)n) == n;
    close(from);
    return close(to) == 0 && good && n == 0;
}

static int make_pipe(const struct box *box, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", box->dir, name);
    return mkfifo(path, 0666);
}

/* Open for both: it is neither waited for nor closed while the scene lasts. */
static int open_pipe(const struct box *box, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", box->dir, name);
    return open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
}

static bool make_scene(struct scene *scene, unsigned first, unsigned n, const char *more)
{
    struct box *box = &scene->box;
    char spec[2048];
    scene->first = first;
    scene->n = n;
    scene->go_fd = -1;
    snprintf(scene->concurrency, sizeof scene->concurrency, "-j%u", n);
    box_make(box, (int)n);
    int len = snprintf(spec, sizeof spec,
                       "name: box\nmethod: grid\nworkdir: trial\ngrace: 1\n"
                       "metric: {name: loss, goal: minimize}\n"
                       "stop: {failures: 1000}\n%s"
                       "command: ['%s/misbehave', '${what}', '%s']\n"
                       "parameters:\n  what:\n    values:\n",
                       more, box->dir, box->dir);
    for (unsigned i = first; i < first + n; i++)
        len += snprintf(spec + len, sizeof spec - (size_t)len, "    - %s\n", all[i].what);
    box_write(box, "sweep.yaml", spec);
    if (!copy_program(box) || make_pipe(box, "ready") != 0 || make_pipe(box, "go") != 0)
        return box_fail(box, "the box cannot be made: %s", strerror(errno));
    scene->ready_fd = open_pipe(box, "ready");
    return scene->ready_fd >= 0 || box_fail(box, "ready: %s", strerror(errno));
}

static int open_entry(const char *path, const struct stat *status, int flag,
                      struct FTW *ftw)
{
    (void)flag;
    (void)ftw;
    return S_ISDIR(status->st_mode) ? chmod(path, 0700) : 0;
}

static bool end_scene(struct scene *scene, bool good, const char *title)
{
    close(scene->ready_fd);
    if (scene->go_fd >= 0)
        close(scene->go_fd);
    if (good)
        (void)nftw(scene->box.dir, open_entry, 16, FTW_PHYS);
    return box_end_case(&scene->box, good, title);
}

/* ---- what happens in it ---- */

static void start_hone(struct scene *scene, const char *const *args)
{
    scene->hone = box_spawn(&scene->box, NULL, args);
}

/* Until each command has said that it misbehaves. */
static bool wait_ready(struct scene *scene)
{
    struct pollfd ready = {.fd = scene->ready_fd, .events = POLLIN};
    char bytes[4096];
    for (unsigned n = 0; n < scene->n;) {
        if (poll(&ready, 1, READY_MS) <= 0)
            return box_fail(&scene->box, "%u of %u are ready", n, scene->n);
        ssize_t got = read(scene->ready_fd, bytes, sizeof bytes);
        for (ssize_t i = 0; i < got; i++)
            n += bytes[i] == '\n';
    }
    return true;
}

static void let_go(struct scene *scene)
{
    scene->go_fd = open_pipe(&scene->box, "go");
}

/* Until hone has said `words`. */
static bool wait_said(struct scene *scene, const char *words)
{
    for (int i = 0; i < READY_MS / 5; i++) {
        box_read_output(&scene->box);
        if (strstr(scene->box.out, words) != NULL)
            return true;
        if (!box_still_runs(scene->hone, 5))
            break;
    }
    /* It may have said so, and ended, since the last look. */
    box_read_output(&scene->box);
    if (strstr(scene->box.out, words) != NULL)
        return true;
    return box_fail(&scene->box, "hone did not say \"%s\": %.500s", words,
                    scene->box.out);
}

/* The first column of the first row of a query; -1 where there is none. */
static int64_t ask(struct scene *scene, const char *sql, const char *argument)
{
    char path[512];
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    int64_t found = -1;
    snprintf(path, sizeof path, "%s/.hone/hone.db", scene->box.dir);
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK) {
        sqlite3_bind_text(statement, 1, argument, -1, SQLITE_STATIC);
        if (sqlite3_step(statement) == SQLITE_ROW)
            found = sqlite3_column_int64(statement, 0);
    }
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return found;
}

static bool kill_trial(struct scene *scene, const char *what)
{
    char number[24];
    int status = -1;
    snprintf(number, sizeof number, "%lld",
             (long long)ask(scene, "SELECT number FROM params WHERE value = ?1", what));
    const char *const args[] = {"hone", "kill", number, NULL};
    pid_t pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_WRONLY);
        if (chdir(scene->box.dir) == 0 && dup2(null, 1) >= 0)
            execv(HONE_PROGRAM, (char *const *)(uintptr_t)args);
        _exit(127);
    }
    bool hangs = box_still_runs(pid, BOX_PATIENCE_MS);
    if (hangs)
        kill(pid, SIGABRT);
    (void)waitpid(pid, &status, 0);
    return status == 0 || box_fail(&scene->box, "hone kill %s (%s): %#x", number, what,
                                   (unsigned)status);
}

static bool kill_all(struct scene *scene)
{
    bool good = true;
    for (unsigned i = scene->first; i < scene->first + scene->n && good; i++)
        good = kill_trial(scene, all[i].what);
    return good;
}

/* Those that never end by themselves, once all others have. */
static bool kill_endless(struct scene *scene)
{
    bool good = true;
    for (unsigned i = scene->first; i < scene->first + scene->n && good; i++)
        if (all[i].status == NULL)
            good = kill_trial(scene, all[i].what);
    return good;
}

/* Waits for hone, and until nothing of what it started is left. */
static bool wait_end(struct scene *scene, int wanted)
{
    int status;
    if (!box_wait(&scene->box, scene->hone, &status))
        return false;
    if (status != wanted)
        return box_fail(&scene->box, "hone ended with %#x, not %#x: %.600s",
                        (unsigned)status, (unsigned)wanted, scene->box.out);
    return true;
}

static bool wait_nothing_left(struct scene *scene)
{
    return box_settle_within(&scene->box, LEFT_S);
}

static bool kill_hone(struct scene *scene)
{
    kill(scene->hone, SIGKILL);
    return wait_end(scene, SIGKILL);
}

/* ---- what must have come of it ---- */

struct outcome {
    const char *status, *reason;
    int exit_code, signal; /* -1: not looked at */
    int attempts;
    double objective; /* 0: not looked at */
};

static bool check_trial(struct scene *scene, sqlite3_stmt *row, const char *what,
                        const struct outcome *wanted)
{
    const char *status = (const char *)sqlite3_column_text(row, 0);
    const char *reason = (const char *)sqlite3_column_text(row, 1);
    int exit_code = sqlite3_column_int(row, 2), signal = sqlite3_column_int(row, 3);
    int attempts = sqlite3_column_int(row, 4);
    double objective = sqlite3_column_double(row, 5);
    bool good = strcmp(status, wanted->status) == 0 &&
                strcmp(reason, wanted->reason) == 0 && attempts == wanted->attempts &&
                (wanted->exit_code < 0 || exit_code == wanted->exit_code) &&
                (wanted->signal < 0 || signal == wanted->signal) &&
                !(wanted->objective > 0 && objective != wanted->objective);
    return good || box_fail(&scene->box,
                            "%s is %s %s, exit code %d, signal %d, attempts %d, "
                            "objective %g; it should be %s %s, attempts %d",
                            what, status, reason, exit_code, signal, attempts, objective,
                            wanted->status, wanted->reason, wanted->attempts);
}

/* Each trial as `wanted` has it, or, where that is NULL, as its command ends by itself.
 */
static bool check_trials(struct scene *scene, const struct outcome *wanted)
{
    char path[512];
    sqlite3 *db = NULL;
    sqlite3_stmt *row = NULL;
    bool good = true;
    snprintf(path, sizeof path, "%s/.hone/hone.db", scene->box.dir);
    int rc = sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_prepare_v2(db,
                                "SELECT t.status, t.reason, t.exit_code, t.signal, "
                                "t.attempts, t.objective FROM trials t JOIN params p "
                                "USING (sweep, number) WHERE p.value = ?1",
                                -1, &row, NULL);
    for (unsigned i = scene->first; i < scene->first + scene->n && good; i++) {
        const struct misbehaviour *one = &all[i];
        struct outcome own = {.status = one->status != NULL ? one->status : "cancelled",
                              .reason = one->status != NULL ? one->reason : "signal",
                              .exit_code = one->exit_code,
                              .signal = one->status != NULL ? one->signal : -1,
                              .attempts = 1,
                              .objective = one->status != NULL ? 0.5 : 0};
        sqlite3_bind_text(row, 1, one->what, -1, SQLITE_STATIC);
        good = rc == SQLITE_OK && sqlite3_step(row) == SQLITE_ROW
                   ? check_trial(scene, row, one->what, wanted != NULL ? wanted : &own)
                   : box_fail(&scene->box, "%s: %s", one->what, sqlite3_errmsg(db));
        sqlite3_reset(row);
    }
    sqlite3_finalize(row);
    sqlite3_close(db);
    return good;
}

/* The exit status of a hone whose trials have ended by themselves. */
static int own_status(const struct scene *scene)
{
    for (unsigned i = scene->first; i < scene->first + scene->n; i++)
        if (all[i].status != NULL && strcmp(all[i].status, "failed") == 0)
            return 1 << 8;
    return 0;
}

/* All of them have been interrupted: each is run again, and ends well. */
static bool go_on(struct scene *scene)
{
    static const struct outcome again = {"completed", "", 0, 0, 2, 0.5};
    const char *const args[] = {"hone", "resume", scene->concurrency, NULL};
    start_hone(scene, args);
    return wait_end(scene, 0) && wait_nothing_left(scene) && check_trials(scene, &again);
}

/* ---- the ways to end ---- */

static void run_hone(struct scene *scene, const char *on_exit)
{
    const char *const args[] = {"hone",      "run",   "sweep.yaml", scene->concurrency,
                                "--on-exit", on_exit, NULL};
    start_hone(scene, args);
}

/* The endless ones are killed when nothing else runs any more. */
static bool end_by_themselves(struct scene *scene)
{
    unsigned n_endless = 0;
    let_go(scene);
    for (unsigned i = scene->first; i < scene->first + scene->n; i++)
        n_endless += all[i].status == NULL;
    while (n_endless > 0 && n_endless < scene->n &&
           ask(scene, "SELECT count(*) FROM trials WHERE status = 'running'", NULL) >
               n_endless &&
           box_still_runs(scene->hone, 20))
        continue;
    return kill_endless(scene) && wait_end(scene, own_status(scene)) &&
           wait_nothing_left(scene) && check_trials(scene, NULL);
}

static bool end_normally(struct scene *scene)
{
    run_hone(scene, "keep");
    return wait_ready(scene) && end_by_themselves(scene);
}

static bool end_by_timeout(struct scene *scene)
{
    static const struct outcome timed_out = {"failed", "timeout", -1, -1, 1, 0};
    run_hone(scene, "keep");
    return wait_ready(scene) && wait_end(scene, 1 << 8) && wait_nothing_left(scene) &&
           check_trials(scene, &timed_out);
}

static const struct outcome cancelled = {"cancelled", "signal", -1, -1, 1, 0};
static const struct outcome interrupted = {"pending", "interrupted", -1, -1, 1, 0};

static bool end_by_kill(struct scene *scene)
{
    run_hone(scene, "keep");
    return wait_ready(scene) && kill_all(scene) && wait_end(scene, 0) &&
           wait_nothing_left(scene) && check_trials(scene, &cancelled);
}

/* Nobody is there when they end: it is on record why they were told to. A quick command
 * has ended before hone can be killed, and hone with it: that is as good an end. */
static bool end_by_kill_and_death(struct scene *scene)
{
    const char *const args[] = {"hone", "resume", scene->concurrency, NULL};
    run_hone(scene, "keep");
    int status;
    if (!wait_ready(scene) || !kill_all(scene))
        return false;
    kill(scene->hone, SIGKILL);
    if (!box_wait(&scene->box, scene->hone, &status))
        return false;
    if (status != 0 && status != SIGKILL)
        return box_fail(&scene->box, "hone ended with %#x", (unsigned)status);
    start_hone(scene, args);
    return wait_end(scene, 0) && wait_nothing_left(scene) &&
           check_trials(scene, &cancelled);
}

static bool end_by_signals(struct scene *scene, int number, const char *words)
{
    run_hone(scene, "keep");
    if (!wait_ready(scene))
        return false;
    kill(scene->hone, number);
    if (!wait_said(scene, words))
        return false;
    kill(scene->hone, number);
    return wait_end(scene, (128 + number) << 8) && wait_nothing_left(scene) &&
           check_trials(scene, &interrupted) && go_on(scene);
}

static bool end_by_interrupts(struct scene *scene)
{
    return end_by_signals(scene, SIGINT, "no more trials are started");
}

static bool end_by_terminations(struct scene *scene)
{
    return end_by_signals(scene, SIGTERM, "the running trials are being ended");
}

static bool end_under_another(struct scene *scene)
{
    char words[80];
    const char *const args[] = {"hone", "resume", scene->concurrency, NULL};
    run_hone(scene, "keep");
    if (!wait_ready(scene) || !kill_hone(scene))
        return false;
    snprintf(words, sizeof words, "%u still running", scene->n);
    start_hone(scene, args);
    return wait_said(scene, words) && end_by_themselves(scene);
}

static bool end_with_hone(struct scene *scene)
{
    run_hone(scene, "kill");
    if (!wait_ready(scene) || !kill_hone(scene))
        return false;
    return box_settle_within(&scene->box, LEFT_S + 1 /* the grace */) && go_on(scene);
}

static const struct ending {
    const char *name;
    bool (*run)(struct scene *scene);
    const char *spec;
} endings[] = {
    {"normal end", end_normally, ""},
    {"timeout", end_by_timeout, "timeout: 6\n"},
    {"hone kill", end_by_kill, ""},
    {"hone kill, kill -9, resume", end_by_kill_and_death, ""},
    {"Ctrl-C twice", end_by_interrupts, ""},
    {"SIGTERM twice", end_by_terminations, ""},
    {"kill -9, resume", end_under_another, ""},
    {"--on-exit kill, kill -9", end_with_hone, ""},
};

enum { N_ENDINGS = sizeof endings / sizeof endings[0] };

static bool run_scene(unsigned first, unsigned n, const struct ending *ending,
                      const char *spec)
{
    static struct scene scene;
    char title[120];
    snprintf(title, sizeof title, "%s: %s", n == 1 ? all[first].what : "all at once",
             ending->name);
    bool good = make_scene(&scene, first, n, spec) && ending->run(&scene);
    return end_scene(&scene, good, title);
}

static bool run_together(unsigned index)
{
    return run_scene(0, N_ALL, &endings[index], endings[index].spec);
}

static bool run_alone(unsigned index)
{
    const struct ending *ending = &endings[index % N_ENDINGS];
    return run_scene(index / N_ENDINGS, 1, ending,
                     ending->spec[0] != '\0' ? "timeout: 1\n" : "");
}

int main(void)
{
    box_enter();
    int failed = box_run_all("misbehaving, all at once", N_ENDINGS, run_together);
    if (box_soaking())
        failed += box_run_all("misbehaving, each alone", N_ALL * N_ENDINGS, run_alone);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
