/* What starting trials costs: /bin/true, two at a time, by a bare posix_spawn loop and by
 * the executor `local` through its interface, turn about in the same run. Prints one line
 * of JSON; `ratio` is the executor's wall time by the bare loop's (median of the rounds).
 *
 *   bench_launch [TRIALS-A-ROUND [ROUNDS]] */
#include <hone/executor.h>

#include <assert.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

extern char **environ;

enum { N_SLOTS = 2, MAX_ROUNDS = 99 };

struct bench {
    const hone_executor *executor;
    void *self;
    char dir[256];
    uint64_t n_trials, started, ended, base;
    uint32_t slot_of[N_SLOTS];
};

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void spawn_bare(struct pollfd *slot)
{
    char program[] = "/bin/true";
    char *args[] = {program, NULL};
    pid_t pid;
    if (posix_spawn(&pid, program, NULL, NULL, args, environ) != 0)
        abort();
    *slot = (struct pollfd){.fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN};
    if (slot->fd < 0)
        abort();
}

static double run_bare(uint64_t n_trials)
{
    struct pollfd slots[N_SLOTS];
    uint64_t started = 0, ended = 0;
    double from = now_s();
    for (; started < N_SLOTS; started++)
        spawn_bare(&slots[started]);
    while (ended < n_trials) {
        if (poll(slots, N_SLOTS, -1) < 0)
            abort();
        for (int i = 0; i < N_SLOTS; i++) {
            siginfo_t info;
            if (slots[i].revents == 0)
                continue;
            waitid(P_PIDFD, (id_t)slots[i].fd, &info, WEXITED);
            close(slots[i].fd);
            ended++;
            slots[i] = (struct pollfd){.fd = -1};
            if (started < n_trials) {
                spawn_bare(&slots[i]);
                started++;
            }
        }
    }
    return now_s() - from;
}

static void start_next(struct bench *bench, uint32_t slot)
{
    char trial_dir[300], env[400];
    uint64_t trial = bench->base + ++bench->started;
    snprintf(trial_dir, sizeof trial_dir, "%s/trials/%" PRIu64, bench->dir, trial);
    int n = snprintf(env, sizeof env, "HONE_TRIAL=%" PRIu64 "%cHONE_TRIAL_DIR=%s", trial,
                     0, trial_dir);
    assert(n > 0 && (size_t)n < sizeof env);
    hone_launch launch = {.trial = trial,
                          .attempt = 1,
                          .slot = slot,
                          .args = "/bin/true",
                          .n_args = 1,
                          .env = env,
                          .n_env = 2,
                          .workdir = "/",
                          .trial_dir = trial_dir,
                          .params_json = "{\"lr\": 0.1, \"layers\": 3}",
                          .wandb_yaml = "lr:\n  value: 0.1\n",
                          .grace_s = 10,
                          .journal_settled = true};
    hone_error err;
    if (bench->executor->start(bench->self, &launch, &err) != HONE_OK) {
        fprintf(stderr, "bench_launch: %s\n", err.text);
        exit(1);
    }
}

static void on_ended(void *arg, const hone_exit *end)
{
    struct bench *bench = arg;
    if (end->reason != HONE_REASON_NONE) {
        fprintf(stderr, "bench_launch: trial %" PRIu64 " ended with reason %d\n",
                end->trial, (int)end->reason);
        exit(1);
    }
    bench->ended++;
    if (bench->started < bench->n_trials)
        start_next(bench, end->slot);
}

static double run_executor(struct bench *bench, uv_loop_t *loop)
{
    bench->base += bench->n_trials;
    bench->started = bench->ended = 0;
    double from = now_s();
    for (uint32_t slot = 0; slot < N_SLOTS; slot++)
        start_next(bench, slot);
    while (bench->ended < bench->n_trials)
        uv_run(loop, UV_RUN_ONCE);
    return now_s() - from;
}

static int compare_reals(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static void run_rounds(struct bench *bench, uv_loop_t *loop, int rounds)
{
    double ratios[MAX_ROUNDS], bare = 0, executor = 0;
    run_executor(bench, loop); /* the keepers start */
    for (int i = 0; i < rounds; i++) {
        double a = run_bare(bench->n_trials);
        double b = run_executor(bench, loop);
        ratios[i] = b / a;
        bare += a;
        executor += b;
    }
    qsort(ratios, (size_t)rounds, sizeof ratios[0], compare_reals);
    double n = (double)bench->n_trials * rounds;
    printf("{\"bench\": \"launch\", \"trials\": %.0f, \"bare_us\": %.1f, "
           "\"executor_us\": %.1f, \"ratio\": %.3f, \"best\": %.3f, \"worst\": %.3f}\n",
           n, bare / n * 1e6, executor / n * 1e6, ratios[rounds / 2], ratios[0],
           ratios[rounds - 1]);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "__keeper") == 0)
        return hone_keeper_main(argc, argv);
    struct bench bench = {.n_trials = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000};
    int rounds = argc > 2 ? atoi(argv[2]) : 3;
    if (rounds < 1 || rounds > MAX_ROUNDS || bench.n_trials < N_SLOTS)
        return 2;
    bench.executor = hone_executor_find("local");
    char here[] = "./bench_launch.XXXXXX", whole[200];
    if (bench.executor == NULL || mkdtemp(here) == NULL || realpath(here, whole) == NULL)
        return 1;
    snprintf(bench.dir, sizeof bench.dir, "%s", whole);
    uv_loop_t loop;
    uv_loop_init(&loop);
    hone_executor_options options = {.dir = bench.dir, .n_slots = N_SLOTS};
    hone_executor_events events = {.ended = on_ended, .arg = &bench};
    hone_error err;
    if (bench.executor->open(&bench.self, &loop, &options, &events, &err) != HONE_OK) {
        fprintf(stderr, "bench_launch: %s\n", err.text);
        return 1;
    }
    run_rounds(&bench, &loop, rounds);
    bench.executor->close(bench.self, NULL, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    char *remove[] = {(char[]){"rm"}, (char[]){"-rf"}, whole, NULL};
    pid_t pid;
    if (posix_spawnp(&pid, "rm", NULL, NULL, remove, environ) == 0)
        waitpid(pid, NULL, 0);
    return 0;
}
