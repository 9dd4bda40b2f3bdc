/* The clock is set while a sweep runs, by an hour, either way: for hone, its keepers and
 * its commands alike (clock_shift.c). No time limit, grace or pause ends sooner or later
 * for it, `stop.time` does not, trials, attempts and numbers keep their order, and a
 * duration is what went by. A sweep that is taken over behind such a step goes on as any
 * other.
 *
 * Each step is made at an event. Every case makes sure that the record has seen it: an
 * attempt across the step seems to have lasted an hour more, or less, by its times. */
#include <inttypes.h>
#include <math.h>
#include <sys/mman.h>

#include "fault_record.h"

enum { HOUR_S = 3600, LATE_S = 30 /* what a busy machine may add */ };

static struct clock_box {
    struct box box;
    char clock_path[300];
    _Atomic int64_t *shift_us;
    int64_t step_s; /* what each step adds */
    sqlite3 *db;
} clock_box;

/* ---- the clock, the sweep ---- */

static void make_clock(struct clock_box *now, int64_t step_s, const char *spec,
                       const char *script)
{
    box_make(&now->box, 1);
    box_write(&now->box, "sweep.yaml", spec);
    box_write(&now->box, "trial.sh", script);
    snprintf(now->clock_path, sizeof now->clock_path, "%s/clock", now->box.dir);
    int fd = open(now->clock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    void *map = MAP_FAILED;
    if (fd >= 0 && ftruncate(fd, sizeof *now->shift_us) == 0)
        map =
            mmap(NULL, sizeof *now->shift_us, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED) {
        perror(now->clock_path);
        exit(EXIT_FAILURE);
    }
    close(fd);
    now->shift_us = map;
    now->step_s = step_s;
    now->db = NULL;
    setenv("LD_PRELOAD", HONE_CLOCK_SHIFT, 1);
    setenv("HONE_CLOCK", now->clock_path, 1);
}

static void set_clock(struct clock_box *now)
{
    *now->shift_us += now->step_s * 1000000;
}

static pid_t start_hone(struct clock_box *now, const char *command, const char *argument)
{
    const char *args[] = {"hone", command, argument, "-j4", NULL};
    return box_spawn(&now->box, NULL, args);
}

/* Waits until a file of the box holds `text`, `n` times. */
static bool wait_text(struct clock_box *now, pid_t pid, const char *name,
                      const char *text, int n)
{
    enum { LOOK_MS = 5 };
    char path[512], found[4096];
    snprintf(path, sizeof path, "%s/%s", now->box.dir, name);
    for (int ms = 0; ms < BOX_PATIENCE_MS; ms += LOOK_MS) {
        FILE *file = fopen(path, "re");
        size_t len = file != NULL ? fread(found, 1, sizeof found - 1, file) : 0;
        int seen = 0;
        found[len] = '\0';
        if (file != NULL)
            fclose(file);
        for (const char *at = found; (at = strstr(at, text)) != NULL; at += strlen(text))
            seen++;
        if (seen >= n)
            return true;
        if (!box_still_runs(pid, LOOK_MS))
            break;
    }
    return box_fail(&now->box, "%s never came into %s", text, name);
}

/* ---- the record ---- */

static bool open_record(struct clock_box *now)
{
    char path[512];
    snprintf(path, sizeof path, "%s/.hone/hone.db", now->box.dir);
    return sqlite3_open_v2(path, &now->db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK ||
           box_fail(&now->box, "%s", sqlite3_errmsg(now->db));
}

/* A query for one number; -1e9 where it has none. */
static double ask(struct clock_box *now, const char *sql, int trial, int attempt)
{
    sqlite3_stmt *statement = NULL;
    double found = -1e9;
    if (sqlite3_prepare_v2(now->db, sql, -1, &statement, NULL) == SQLITE_OK) {
        sqlite3_bind_int(statement, 1, trial);
        sqlite3_bind_int(statement, 2, attempt);
        if (sqlite3_step(statement) == SQLITE_ROW &&
            sqlite3_column_type(statement, 0) != SQLITE_NULL)
            found = sqlite3_column_double(statement, 0);
    }
    sqlite3_finalize(statement);
    return found;
}

#define OF_ATTEMPT                                                                       \
    " FROM attempt WHERE trial & 1099511627775 = ?1 AND number = coalesce(?2, number)"

enum { ANY_STEPS = -1 };

/* The duration is at least `least` and not much more; the times differ from it by as many
 * steps. A busy machine may make those of the test come late: ANY_STEPS. */
static bool check_duration(struct clock_box *now, int trial, int attempt, double least,
                           int steps)
{
    double duration = ask(now, "SELECT duration" OF_ATTEMPT, trial, attempt);
    double times =
        ask(now, "SELECT (ended_at - started_at) / 1e6" OF_ATTEMPT, trial, attempt);
    double seen = steps == ANY_STEPS ? round((times - duration) / (double)now->step_s)
                                     : (double)steps;
    double off = times - duration - seen * (double)now->step_s;
    if (duration < least || duration > least + LATE_S)
        return box_fail(&now->box, "trial %d, attempt %d lasted %g s, not %g", trial,
                        attempt, duration, least);
    return (off > -1 && off < 1 && seen >= 0) ||
           box_fail(&now->box,
                    "trial %d, attempt %d lasted %g s, its times say %g, after %d steps",
                    trial, attempt, duration, times, steps);
}

/* Rows of text as box_row_text has them, joined by spaces. */
static bool check_text(struct clock_box *now, const char *sql, const char *wanted)
{
    sqlite3_stmt *statement = NULL;
    char found[2048] = "", row[256];
    size_t len = 0;
    int rc = sqlite3_prepare_v2(now->db, sql, -1, &statement, NULL);
    while (rc == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW) {
        box_row_text(statement, row, sizeof row);
        int n =
            snprintf(found + len, sizeof found - len, "%s%s", len > 0 ? " " : "", row);
        len += (size_t)n < sizeof found - len ? (size_t)n : 0;
    }
    sqlite3_finalize(statement);
    return strcmp(found, wanted) == 0 ||
           box_fail(&now->box, "%s: %s; should be %s", sql, found, wanted);
}

static bool end_clock(struct clock_box *now, bool good, const char *title)
{
    char text[100];
    sqlite3_close(now->db);
    munmap((void *)(uintptr_t)now->shift_us, sizeof *now->shift_us);
    unsetenv("LD_PRELOAD");
    snprintf(text, sizeof text, "%s, steps of %" PRId64 " s", title, now->step_s);
    return box_end_case(&now->box, good, text);
}

/* ---- time limits, grace, retries, order ---- */

/* Trial 1 is ended by its time limit, 2 only by the end of the grace, 3 fails and is
 * tried again after a pause, 4 prints on both sides of the steps. */
static const char limits_spec[] = "name: limits\n"
                                  "method: grid\n"
                                  "metric: {name: loss, goal: minimize}\n"
                                  "parameters: {x: {values: [1, 2, 3, 4]}}\n"
                                  "command: 'exec sh trial.sh ${x}'\n"
                                  "timeout: 2s\n"
                                  "grace: 1s\n"
                                  "retries: 1\n"
                                  "retry_on: [exit]\n";

static const char limits_script[] =
    "echo \"$1\" >>starts\n"
    "echo 'loss=1'\n"
    "case $1 in\n"
    "1) exec sleep 1000 ;;\n"
    "2) trap '' TERM; exec sleep 1000 ;;\n"
    "3) [ \"$HONE_ATTEMPT\" = 2 ] || exit 3 ;;\n"
    "4) until [ -e stepped ]; do sleep 0.01; done\n"
    "   for i in 2 3 4; do echo \"loss=$i\"; sleep 0.1; done ;;\n"
    "esac\n"
    "echo 'loss=5'\n";

static bool check_limits(struct clock_box *now)
{
    return open_record(now) &&
           check_text(now,
                      "SELECT number, status, reason, attempts FROM trials ORDER BY 1",
                      "1|failed|timeout|1 2|failed|timeout|1 3|completed||2 "
                      "4|completed||1") &&
           check_text(now, "SELECT value FROM metrics WHERE number = 4 ORDER BY seq",
                      "1.0 2.0 3.0 4.0 5.0") &&
           check_text(now,
                      "SELECT to_status FROM transition WHERE trial & 1099511627775 = 3 "
                      "ORDER BY seq",
                      "pending running pending running completed") &&
           check_duration(now, 1, 1, 2, ANY_STEPS) &&
           check_duration(now, 2, 1, 3, ANY_STEPS) && check_duration(now, 3, 1, 0, 0) &&
           check_duration(now, 3, 2, 0, 0) && check_duration(now, 4, 1, 0.3, 1);
}

/* One step while 1, 2 and 4 run and 3 waits for its next attempt, another when 3 and 4
 * have ended: 1 and 2 have still to come to their limits. */
static bool run_limits(struct clock_box *now)
{
    int status;
    struct timespec from, to;
    pid_t pid = start_hone(now, "run", "sweep.yaml");
    bool good = wait_text(now, pid, "starts", "\n", 4) &&
                wait_text(now, pid, "out", "is tried again", 1);
    clock_gettime(CLOCK_MONOTONIC, &from);
    set_clock(now);
    box_write(&now->box, "stepped", "");
    good = good && wait_text(now, pid, "starts", "3\n", 2);
    clock_gettime(CLOCK_MONOTONIC, &to);
    double pause =
        (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
    good = good && wait_text(now, pid, "out", "trial 3 completed", 1) &&
           wait_text(now, pid, "out", "trial 4 completed", 1);
    set_clock(now);
    if (!box_wait(&now->box, pid, &status) || !good || !box_ended_well(&now->box, status))
        return false;
    if (pause < 0.5 || pause > LATE_S)
        return box_fail(&now->box, "the pause was %g s", pause);
    return box_settle(&now->box) && check_limits(now);
}

static bool step_in_limits(int64_t step_s)
{
    struct clock_box *now = &clock_box;
    make_clock(now, step_s, limits_spec, limits_script);
    return end_clock(now, run_limits(now), "limits");
}

/* ---- stop.time ---- */

static const char stop_spec[] = "name: stop\n"
                                "method: random\n"
                                "metric: {name: loss, goal: minimize}\n"
                                "parameters: {x: {min: 0.0, max: 1.0}}\n"
                                "command: 'exec sh trial.sh ${x}'\n"
                                "stop: {time: 2s}\n";

static const char stop_script[] = "echo 1 >>starts\n"
                                  "echo \"loss=$1\"\n"
                                  "sleep 0.2\n";

static bool run_stop(struct clock_box *now)
{
    int status;
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    pid_t pid = start_hone(now, "run", "sweep.yaml");
    bool good = wait_text(now, pid, "starts", "\n", 2);
    set_clock(now);
    if (!box_wait(&now->box, pid, &status) || !good || !box_ended_well(&now->box, status))
        return false;
    clock_gettime(CLOCK_MONOTONIC, &to);
    double lasted =
        (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
    if (lasted < 2 || lasted > 2 + LATE_S)
        return box_fail(&now->box, "stop.time of 2 s came after %g s", lasted);
    return box_settle(&now->box) && open_record(now) &&
           check_text(now, "SELECT state_reason FROM sweep", "stop.time is over") &&
           check_text(now,
                      "SELECT count(*) FROM attempt WHERE duration < 0 OR duration > 60",
                      "0");
}

static bool step_in_stop(int64_t step_s)
{
    struct clock_box *now = &clock_box;
    make_clock(now, step_s, stop_spec, stop_script);
    return end_clock(now, run_stop(now), "stop.time");
}

/* ---- taking over ---- */

/* Trial 1 is let go when it has been taken over, 2 is ended by its time limit. */
static const char takeover_spec[] = "name: takeover\n"
                                    "method: grid\n"
                                    "metric: {name: loss, goal: minimize}\n"
                                    "parameters: {x: {values: [1, 2, 3]}}\n"
                                    "command: 'exec sh trial.sh ${x}'\n"
                                    "concurrency: 2\n"
                                    "timeout: 3s\n";

static const char takeover_script[] = "echo \"$1\" >>starts\n"
                                      "echo 'loss=1'\n"
                                      "case $1 in\n"
                                      "1) until [ -e go ]; do sleep 0.01; done ;;\n"
                                      "2) exec sleep 1000 ;;\n"
                                      "esac\n"
                                      "echo 'loss=2'\n";

static bool run_takeover(struct clock_box *now)
{
    int status;
    const char *args[] = {"hone", "run", "sweep.yaml", "-j2", NULL};
    pid_t pid = box_spawn(&now->box, NULL, args);
    bool good = wait_text(now, pid, "starts", "\n", 2);
    kill(pid, SIGKILL);
    if (!box_wait(&now->box, pid, &status) || !good)
        return false;
    set_clock(now);
    args[1] = "resume";
    args[2] = "-j2";
    args[3] = NULL;
    pid = box_spawn(&now->box, NULL, args);
    good = wait_text(now, pid, "out", "still running", 1);
    box_write(&now->box, "go", "");
    if (!box_wait(&now->box, pid, &status) || !good || !box_ended_well(&now->box, status))
        return false;
    return box_settle(&now->box) && open_record(now) &&
           check_text(now,
                      "SELECT number, status, reason, attempts FROM trials ORDER BY 1",
                      "1|completed||1 2|failed|timeout|1 3|completed||1") &&
           check_text(now, "SELECT number, value FROM metrics ORDER BY number, seq",
                      "1|1.0 1|2.0 2|1.0 3|1.0 3|2.0") &&
           check_duration(now, 1, 1, 0, 1) && check_duration(now, 2, 1, 3, ANY_STEPS) &&
           check_duration(now, 3, 1, 0, 0);
}

static bool step_in_takeover(int64_t step_s)
{
    struct clock_box *now = &clock_box;
    make_clock(now, step_s, takeover_spec, takeover_script);
    return end_clock(now, run_takeover(now), "takeover");
}

/* ---- all ---- */

static bool run_one(unsigned index)
{
    static bool (*const tests[])(int64_t) = {step_in_limits, step_in_stop,
                                             step_in_takeover};
    static const int64_t steps_s[] = {HOUR_S, -HOUR_S, 2, -2, 86400 * 365, -86400 * 3650};
    enum { N_TESTS = sizeof tests / sizeof tests[0] };
    enum { N_STEPS = sizeof steps_s / sizeof steps_s[0] };
    return tests[index % N_TESTS](steps_s[index / N_TESTS % N_STEPS]);
}

/* Whether something can be put before the functions of this build: the time that a store
 * says it was made. */
static bool can_set_clock(void)
{
    struct clock_box *now = &clock_box;
    int status;
    struct timespec real;
    make_clock(now, -HOUR_S, takeover_spec, "echo 'loss=1'\n");
    set_clock(now);
    clock_gettime(CLOCK_REALTIME, &real);
    bool good = box_hone(&now->box, NULL, &status, "run", "sweep.yaml", NULL) &&
                (status == 0 || box_fail(&now->box, "%.600s", now->box.out)) &&
                box_settle(&now->box) && open_record(now);
    double made = ask(now, "SELECT created_at / 1e6 FROM sweep", 0, 0);
    if (!end_clock(now, good, "untouched"))
        exit(EXIT_FAILURE);
    return made < (double)real.tv_sec - HOUR_S / 2;
}

int main(void)
{
    enum { SKIPPED = 77, IN_SHORT = 6, IN_ALL = 6 * 3 * 5 };
    box_enter();
    if (!can_set_clock()) {
        printf("skipped: nothing can be put before the functions of this build\n");
        return SKIPPED;
    }
    unsigned n = box_soaking() ? IN_ALL : IN_SHORT;
    return box_run_all("clock set", n, run_one) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
