/* What a trial costs the writer's thread, and how fast the record is written and read.
 * Prints one JSON object. Argument: number of trials (default 20000). */
#include "store_fixture.h"

#include <time.h>

typedef struct counter {
    uint64_t batches;
    double cpu_s; /* of the writer's thread, at the last commit */
} counter;

static double seconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void count_batch(void *arg, uint64_t ticket)
{
    counter *state = arg;
    (void)ticket;
    state->batches++;
    state->cpu_s = seconds(CLOCK_THREAD_CPUTIME_ID);
}

static hone_config *two_params(double lr)
{
    return fixture_config(hone_value_text("tree"), hone_value_real(lr),
                          (hone_value){.kind = HONE_ABSENT});
}

static void put_noop(hone_writer *writer, uint64_t number)
{
    hone_config *config = two_params((double)number * 1e-6);
    hone_writer_put_trial(writer, &(hone_trial_row){.number = number,
                                                    .space = &fixture_space,
                                                    .config = config,
                                                    .seed = number,
                                                    .now = 1000000});
    free(config);
    fixture_put_start(writer, number, 1);
    hone_writer_put_pid(writer, number, 1, 4242, 2500000);
    hone_attempt_end end = {.number = number,
                            .attempt = 1,
                            .status = HONE_STATUS_COMPLETED,
                            .started_at = 2500000,
                            .at = 4000000,
                            .has_exit_code = true,
                            .pid = 4242,
                            .duration_s = 0.01,
                            .cpu_time_s = 0.001,
                            .max_rss = 1 << 20};
    hone_writer_put_end(writer, &end);
}

/* No-op trials of two parameters, as fast as they can be put. */
static void bench_noop(uint64_t n)
{
    char *dir = fixture_dir();
    hone_spec spec = fixture_spec();
    counter count = {0};
    hone_writer *writer = fixture_open(dir, &spec);
    fixture_start(writer, (hone_writer_events){.committed = count_batch, .arg = &count});
    double begin = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_THREAD_CPUTIME_ID);
    for (uint64_t i = 1; i <= n; i++) {
        put_noop(writer, i);
        while (hone_writer_backlog(writer) > 4 << 20)
            usleep(1000);
    }
    double put = seconds(CLOCK_THREAD_CPUTIME_ID) - cpu;
    fixture_flush(writer);
    double wall = seconds(CLOCK_MONOTONIC) - begin;
    printf("\"noop_trials\":%llu,\"noop_us_writer_cpu\":%.2f,\"noop_us_put_cpu\":%.2f,"
           "\"noop_us_wall\":%.2f,\"noop_batches\":%llu",
           (unsigned long long)n, count.cpu_s / (double)n * 1e6, put / (double)n * 1e6,
           wall / (double)n * 1e6, (unsigned long long)count.batches);
    hone_writer_close(writer);
    fixture_remove(dir);
}

/* One trial after another, each put on disk before the next: what a lone record waits. */
static void bench_lone(uint64_t n)
{
    char *dir = fixture_dir();
    hone_spec spec = fixture_spec();
    counter count = {0};
    hone_writer *writer = fixture_open(dir, &spec);
    fixture_start(writer, (hone_writer_events){.committed = count_batch, .arg = &count});
    double begin = seconds(CLOCK_MONOTONIC);
    for (uint64_t i = 1; i <= n; i++) {
        put_noop(writer, i);
        fixture_flush(writer);
    }
    double wall = seconds(CLOCK_MONOTONIC) - begin;
    printf(",\"lone_us_wall\":%.1f", wall / (double)n * 1e6);
    hone_writer_close(writer);
    fixture_remove(dir);
}

static int count_trial(void *arg, const hone_trial_info *trial)
{
    (void)trial;
    ++*(uint64_t *)arg;
    return 0;
}

/* Trials of three parameters and three metrics: written, then read back. */
static void bench_table(uint64_t n)
{
    char *dir = fixture_dir();
    hone_spec spec = fixture_spec();
    hone_error err = {0};
    hone_writer *writer = fixture_open(dir, &spec);
    fixture_start(writer, (hone_writer_events){0});
    double begin = seconds(CLOCK_MONOTONIC);
    for (uint64_t i = 1; i <= n; i++) {
        fixture_put_trial(writer, i, (double)i);
        fixture_put_start(writer, i, 1);
        for (int step = 0; step < 3; step++)
            fixture_put_metric(writer, i, "loss", step, 1.0 / (double)i);
        fixture_put_end(writer, i, 1, HONE_STATUS_COMPLETED, 1.0 / (double)i);
        while (hone_writer_backlog(writer) > 4 << 20)
            usleep(1000);
    }
    fixture_flush(writer);
    double wrote = seconds(CLOCK_MONOTONIC) - begin;
    hone_writer_close(writer);
    hone_store *store = fixture_read(dir);
    const hone_sweep_info *info = NULL;
    uint64_t seen = 0;
    begin = seconds(CLOCK_MONOTONIC);
    if (hone_store_sweep(store, NULL, &info, &err) != HONE_OK)
        fail_msg("%s", err.text);
    double status = seconds(CLOCK_MONOTONIC) - begin;
    begin = seconds(CLOCK_MONOTONIC);
    if (hone_store_trials(store, info->id, 0, count_trial, &seen, &err) != HONE_OK)
        fail_msg("%s", err.text);
    double read = seconds(CLOCK_MONOTONIC) - begin;
    printf(",\"table_trials\":%llu,\"table_us_write\":%.2f,\"status_ms\":%.2f,"
           "\"table_us_read\":%.2f",
           (unsigned long long)seen, wrote / (double)n * 1e6, status * 1e3,
           read / (double)n * 1e6);
    hone_store_close(store);
    fixture_remove(dir);
}

/* Points of one metric, from one attempt. */
static void bench_points(uint64_t n)
{
    char *dir = fixture_dir();
    hone_spec spec = fixture_spec();
    counter count = {0};
    hone_writer *writer = fixture_open(dir, &spec);
    fixture_start(writer, (hone_writer_events){.committed = count_batch, .arg = &count});
    fixture_put_trial(writer, 1, 0.1);
    fixture_put_start(writer, 1, 1);
    for (uint64_t i = 0; i < n; i++) {
        fixture_put_metric(writer, 1, "loss", (double)i, 1.0 / (double)(i + 1));
        while (hone_writer_backlog(writer) > 4 << 20)
            usleep(1000);
    }
    fixture_flush(writer);
    printf(",\"point_us_writer_cpu\":%.2f", count.cpu_s / (double)n * 1e6);
    hone_writer_close(writer);
    fixture_remove(dir);
}

int main(int argc, char **argv)
{
    uint64_t n = argc > 1 ? strtoull(argv[1], NULL, 10) : 20000;
    printf("{");
    bench_noop(n);
    bench_lone(n / 100);
    bench_table(n);
    bench_points(n * 5);
    printf("}\n");
    return 0;
}
