/* A thousand trials, really at once, under the usual limit of 1024 open files: every
 * command waits until all of them have started. Then they end, and each has its metric;
 * or their orchestrator is killed first, and another one takes all of them over.
 *
 * In a build with sanitizers, which make a process ten times its size, the orchestrator
 * has them and the keepers are plain. */
#include <sqlite3.h>
#include <sys/resource.h>

#include <hone/hone.h>

#include "fault_box.h"

enum { TRIALS = 1000, FILES = 1024, START_MS = 100000, LEFT_S = 20 };

struct crowd {
    struct box box;
    int ready_fd, go_fd;
    pid_t hone;
};

static int open_pipe(const struct box *box, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", box->dir, name);
    if (mkfifo(path, 0666) != 0 && errno != EEXIST)
        return -1;
    return open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
}

static bool make_crowd(struct crowd *crowd)
{
    char path[512];
    box_make(&crowd->box, TRIALS);
    box_write(&crowd->box, "sweep.yaml",
              "name: crowd\nmethod: grid\nmetric: {name: loss, goal: minimize}\n"
              "parameters: {x: {min: 1, max: 1000, distribution: int_uniform}}\n"
              "command: 'echo ready >ready; read line <go; echo loss=${x}'\n");
    crowd->ready_fd = open_pipe(&crowd->box, "ready");
    snprintf(path, sizeof path, "%s/go", crowd->box.dir);
    crowd->go_fd = -1;
    return crowd->ready_fd >= 0 && mkfifo(path, 0666) == 0;
}

/* A newline for each: every reader takes one. */
static bool let_go(struct crowd *crowd)
{
    char lines[TRIALS];
    memset(lines, '\n', sizeof lines);
    crowd->go_fd = open_pipe(&crowd->box, "go");
    return write(crowd->go_fd, lines, sizeof lines) == (ssize_t)sizeof lines ||
           box_fail(&crowd->box, "go: %s", strerror(errno));
}

/* ---- the orchestrator ---- */

static void say(void *arg, const char *line)
{
    (void)arg;
    printf("%s\n", line);
    fflush(stdout);
}

/* In a process of its own, as hone run and hone resume do it. */
static int run_sweep(void)
{
    hone_spec *spec = NULL;
    hone_error err = {0};
    char text[1024];
    FILE *file = fopen("sweep.yaml", "re");
    size_t len = file != NULL ? fread(text, 1, sizeof text, file) : 0;
    if (file == NULL || fclose(file) != 0)
        return 3;
    const hone_sweep_options options = {.concurrency = TRIALS,
                                        .handle_signals = true,
                                        .keeper = HONE_KEEPER,
                                        .observer = {.message = say}};
    hone_sweep_outcome outcome = {.complete = false};
    int rc = hone_spec_read("sweep.yaml", text, len, &spec, &err);
    if (rc == HONE_OK)
        rc = hone_sweep_run(spec, &options, &outcome, &err);
    hone_spec_free(spec);
    if (rc != HONE_OK)
        say(NULL, err.text);
    return rc == HONE_OK && outcome.complete ? 0 : 1;
}

static void start_hone(struct crowd *crowd)
{
    crowd->hone = fork();
    if (crowd->hone != 0)
        return;
    int out = -1;
    if (chdir(crowd->box.dir) == 0)
        out = open("out", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0666);
    if (out < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
        _exit(127);
    exit(run_sweep());
}

/* ---- what is seen of it ---- */

static bool wait_ready(struct crowd *crowd)
{
    struct pollfd ready = {.fd = crowd->ready_fd, .events = POLLIN};
    char bytes[4096];
    for (int n = 0; n < TRIALS;) {
        if (poll(&ready, 1, START_MS) <= 0 || !box_still_runs(crowd->hone, 0)) {
            box_read_output(&crowd->box);
            return box_fail(&crowd->box, "%d of %d have started: %.800s", n, TRIALS,
                            crowd->box.out);
        }
        ssize_t got = read(crowd->ready_fd, bytes, sizeof bytes);
        for (ssize_t i = 0; i < got; i++)
            n += bytes[i] == '\n';
    }
    return true;
}

static int64_t ask(struct crowd *crowd, const char *sql)
{
    char path[512];
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    int64_t found = -1;
    snprintf(path, sizeof path, "%s/.hone/hone.db", crowd->box.dir);
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        found = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return found;
}

/* The record follows what has started. */
static bool wait_recorded(struct crowd *crowd)
{
    int64_t running = 0;
    for (int i = 0; i < START_MS / 20 && running != TRIALS; i++) {
        running = ask(crowd, "SELECT count(*) FROM trials WHERE status = 'running'");
        (void)box_still_runs(crowd->hone, running == TRIALS ? 0 : 20);
    }
    return running == TRIALS ||
           box_fail(&crowd->box, "%lld are running", (long long)running);
}

static bool wait_said(struct crowd *crowd, const char *words)
{
    do {
        box_read_output(&crowd->box);
        if (strstr(crowd->box.out, words) != NULL)
            return true;
    } while (box_still_runs(crowd->hone, 20));
    return box_fail(&crowd->box, "not said: %s; but %.800s", words, crowd->box.out);
}

static bool check_record(struct crowd *crowd)
{
    int64_t good = ask(crowd, "SELECT count(*) FROM trials t JOIN metrics m USING "
                              "(sweep, number) WHERE t.status = 'completed' AND "
                              "t.attempts = 1 AND t.objective = t.number AND "
                              "m.name = 'loss' AND m.value = t.number");
    int64_t all = ask(crowd, "SELECT count(*) FROM trials");
    return (good == TRIALS && all == TRIALS) ||
           box_fail(&crowd->box, "%lld of %lld trials are as they should be",
                    (long long)good, (long long)all);
}

static bool wait_end(struct crowd *crowd, int wanted)
{
    int status;
    bool good = box_wait(&crowd->box, crowd->hone, &status);
    return good &&
           (status == wanted || box_fail(&crowd->box, "hone ended with %#x: %.800s",
                                         (unsigned)status, crowd->box.out));
}

/* ---- the two cases ---- */

static bool run_through(struct crowd *crowd)
{
    start_hone(crowd);
    return wait_ready(crowd) && wait_recorded(crowd) && let_go(crowd) &&
           wait_end(crowd, 0);
}

static bool run_and_take_over(struct crowd *crowd)
{
    start_hone(crowd);
    if (!wait_ready(crowd) || !wait_recorded(crowd))
        return false;
    kill(crowd->hone, SIGKILL);
    if (!wait_end(crowd, SIGKILL))
        return false;
    start_hone(crowd);
    return wait_said(crowd, "1000 still running") && let_go(crowd) && wait_end(crowd, 0);
}

static bool run_case(bool (*run)(struct crowd *crowd), const char *title)
{
    static struct crowd crowd;
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    bool good = (make_crowd(&crowd) || box_fail(&crowd.box, "%s", strerror(errno))) &&
                run(&crowd) && box_settle_within(&crowd.box, LEFT_S) &&
                check_record(&crowd);
    close(crowd.ready_fd);
    close(crowd.go_fd);
    clock_gettime(CLOCK_MONOTONIC, &to);
    printf("%s: %s, %ld s\n", title, good ? "well" : "FAILED",
           (long)(to.tv_sec - from.tv_sec));
    fflush(stdout);
    return box_end_case(&crowd.box, good, title);
}

int main(void)
{
    struct rlimit limit;
    box_enter();
    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_max < 3 * FILES) { /* nothing that a program could do about it */
        printf("skipped: at most %llu files can be open\n",
               (unsigned long long)limit.rlim_max);
        return 77;
    }
    limit.rlim_cur = FILES;
    setrlimit(RLIMIT_NOFILE, &limit);
    bool good = run_case(run_through, "1000 trials at once");
    good &= run_case(run_and_take_over, "1000 trials taken over");
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
