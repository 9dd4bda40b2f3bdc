/* What a trial costs: no-op trials by hone with everything recorded, beside a bare loop
 * of posix_spawn and wait at the same concurrency and beside GNU parallel with its job
 * log, all in one run, interleaved, as ratios of medians.
 *
 *   bench_overhead HONE [TRIALS [CONCURRENCY [ROUNDS]]]
 *
 * Prints one JSON object. Run it on a file system that is not tmpfs: the disk is part of
 * the cost. */
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { ROUNDS_MAX = 99 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static pid_t spawn(char *const argv[])
{
    pid_t pid;
    int rc = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ);
    if (rc != 0) {
        fprintf(stderr, "bench_overhead: %s: %s\n", argv[0], strerror(rc));
        exit(2);
    }
    return pid;
}

/* A bare loop: as many children as allowed, the next one as soon as one has ended. */
static double time_bare(long trials, long concurrency)
{
    char *const argv[] = {"/bin/true", NULL};
    double start = now();
    long started = 0, running = 0;
    while (started < trials || running > 0) {
        while (started < trials && running < concurrency) {
            spawn(argv);
            started++;
            running++;
        }
        if (waitpid(-1, NULL, 0) > 0)
            running--;
    }
    return now() - start;
}

static double time_command(char *const argv[])
{
    double start = now();
    pid_t pid = spawn(argv);
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (status != 0) {
        fprintf(stderr, "bench_overhead: %s ended with status %d\n", argv[0], status);
        exit(2);
    }
    return now() - start;
}

static void write_spec(const char *path, long trials)
{
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        perror(path);
        exit(2);
    }
    fprintf(file,
            "command: [/bin/true]\nmethod: grid\n"
            "parameters:\n  lr: {min: 1, max: %ld}\n  depth: {value: 3}\n",
            trials);
    fclose(file);
}

static double time_hone(char *hone, long trials, char *concurrency, int round)
{
    char spec[64], store[64];
    snprintf(spec, sizeof(spec), "noop.yaml");
    snprintf(store, sizeof(store), "store-%d", round);
    write_spec(spec, trials);
    char *const argv[] = {hone,      "run",     spec,  "-j", concurrency,
                          "--quiet", "--store", store, NULL};
    return time_command(argv);
}

static double time_parallel(long trials, char *concurrency)
{
    char line[200];
    snprintf(line, sizeof(line),
             "seq %ld | parallel --will-cite -j %s --joblog job.log /bin/true", trials,
             concurrency);
    char *const argv[] = {"/bin/sh", "-c", line, NULL};
    return time_command(argv);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, int n)
{
    qsort(values, (size_t)n, sizeof(*values), by_size);
    return values[n / 2];
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: bench_overhead HONE [TRIALS [CONCURRENCY [ROUNDS]]]\n");
        return 2;
    }
    long trials = argc > 2 ? atol(argv[2]) : 2000;
    char *concurrency = argc > 3 ? argv[3] : "2";
    int rounds = argc > 4 ? atoi(argv[4]) : 5;
    rounds = rounds < 1 ? 1 : rounds > ROUNDS_MAX ? ROUNDS_MAX : rounds;
    char folder[] = "bench-overhead-XXXXXX";
    char *hone = realpath(argv[1], NULL);
    if (hone == NULL || mkdtemp(folder) == NULL || chdir(folder) != 0) {
        perror("bench_overhead");
        return 2;
    }
    double bare[ROUNDS_MAX], ours[ROUNDS_MAX], peers[ROUNDS_MAX];
    time_bare(trials / 4, atol(concurrency));
    for (int i = 0; i < rounds; i++) {
        bare[i] = time_bare(trials, atol(concurrency));
        ours[i] = time_hone(hone, trials, concurrency, i);
        /* It is slow enough to be measured with a tenth of the trials. */
        peers[i] = time_parallel(trials / 10, concurrency) * 10;
    }
    double bare_s = median(bare, rounds), ours_s = median(ours, rounds);
    double peer = median(peers, rounds);
    printf("{\"trials\":%ld,\"concurrency\":%s,\"rounds\":%d,"
           "\"bare_ms_per_trial\":%.4f,\"hone_ms_per_trial\":%.4f,"
           "\"parallel_ms_per_trial\":%.4f,\"hone_to_bare\":%.3f,"
           "\"parallel_to_hone\":%.2f}\n",
           trials, concurrency, rounds, bare_s * 1e3 / (double)trials,
           ours_s * 1e3 / (double)trials, peer * 1e3 / (double)trials, ours_s / bare_s,
           peer / ours_s);
    free(hone);
    char command[100];
    snprintf(command, sizeof(command), "rm -rf ../%s", folder);
    return system(command) == 0 ? 0 : 1;
}
