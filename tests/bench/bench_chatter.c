/* What output costs: 1 GiB of chatter from one child, every metric in it recorded, beside
 * a bare read loop over the same file, in one run.
 *
 *   bench_chatter HONE [MEBIBYTES]
 *
 * Chatter is lines of 60 to 100 bytes; every thousandth has an epoch and a loss. The cost
 * of hone is the CPU time of the whole run (orchestrator, keeper, child) less that of the
 * same child writing to a file on its own. Prints one JSON object; each figure is the
 * median of three. The ratio is of CPU time to CPU time, so other load shows little. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static long write_chatter(const char *path, long mebibytes)
{
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        perror(path);
        exit(2);
    }
    long metrics = 0;
    int64_t left = (int64_t)mebibytes * 1024 * 1024;
    for (long line = 1; left > 0; line++) {
        if (line % 1000 != 0) {
            left -= fprintf(file,
                            "worker %ld of the loader has read shard number %ld and goes "
                            "on with the next one after a pause\n",
                            line % 8, line);
            continue;
        }
        metrics++;
        left -= fprintf(file, "epoch=%ld loss=%.6f\n", metrics, 1.0 / (double)metrics);
    }
    fclose(file);
    return metrics;
}

/* CPU seconds of a process and all that it waited for; its wall time, peak memory and
 * exit status likewise. */
typedef struct cost {
    double cpu, wall, rss_mib;
    int status;
} cost;

static cost time_read(const char *path)
{
    static char block[64 * 1024];
    double start = now();
    clock_t used = clock();
    int fd = open(path, O_RDONLY);
    if (fd < 0)
        exit(2);
    unsigned lines = 0;
    ssize_t got;
    while ((got = read(fd, block, sizeof(block))) > 0) {
        for (char *at = block, *end = block + got;
             (at = memchr(at, '\n', (size_t)(end - at))) != NULL; at++)
            lines++;
    }
    close(fd);
    if (lines == 0)
        exit(2);
    return (cost){.cpu = (double)(clock() - used) / CLOCKS_PER_SEC,
                  .wall = now() - start};
}

static void write_spec(void)
{
    FILE *file = fopen("chatter.yaml", "w");
    if (file == NULL)
        exit(2);
    fputs("command: [cat, chatter.txt]\nmethod: grid\nmetric: {name: loss}\n"
          "parameters:\n  x: {values: [1]}\n",
          file);
    fclose(file);
}

static cost run(char *const argv[])
{
    double start = now();
    pid_t pid = fork();
    if (pid == 0) {
        execvp(argv[0], argv);
        _exit(127);
    }
    struct rusage usage;
    cost of = {0};
    wait4(pid, &of.status, 0, &usage);
    of.wall = now() - start;
    of.cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
             (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    of.rss_mib = (double)usage.ru_maxrss / 1024;
    return of;
}

static double median(double a, double b, double c)
{
    double low = a < b ? a : b, high = a < b ? b : a;
    return c < low ? low : c > high ? high : c;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: bench_chatter HONE [MEBIBYTES]\n");
        return 2;
    }
    long mebibytes = argc > 2 ? atol(argv[2]) : 1024;
    char folder[] = "bench-chatter-XXXXXX";
    char *hone = realpath(argv[1], NULL);
    if (hone == NULL || mkdtemp(folder) == NULL || chdir(folder) != 0) {
        perror("bench_chatter");
        return 2;
    }
    long metrics = write_chatter("chatter.txt", mebibytes);
    write_spec();
    char *const child[] = {"sh", "-c", "rm -f out; cat chatter.txt > out; rm -rf store",
                           NULL};
    char *const ours[] = {hone,    "run", "chatter.yaml", "--quiet", "--store",
                          "store", NULL};
    double read_s[3], read_wall[3], added[3], wall[3], rss = 0;
    int status = 0;
    time_read("chatter.txt");
    for (int i = 0; i < 3; i++) {
        cost bare = time_read("chatter.txt");
        read_s[i] = bare.cpu;
        read_wall[i] = bare.wall;
        cost alone = run(child);
        cost with = run(ours);
        added[i] = with.cpu - alone.cpu;
        wall[i] = with.wall - alone.wall;
        rss = with.rss_mib;
        status |= with.status;
    }
    double read_loop = median(read_s[0], read_s[1], read_s[2]);
    double cpu = median(added[0], added[1], added[2]);
    printf("{\"mebibytes\":%ld,\"metrics\":%ld,\"status\":%d,\"read_loop_cpu_s\":%.3f,"
           "\"read_loop_wall_s\":%.3f,"
           "\"hone_adds_cpu_s\":%.3f,\"hone_adds_wall_s\":%.3f,"
           "\"cpu_to_read_loop\":%.2f,\"max_rss_mib\":%.1f}\n",
           mebibytes, metrics, status, read_loop,
           median(read_wall[0], read_wall[1], read_wall[2]), cpu,
           median(wall[0], wall[1], wall[2]), cpu / read_loop, rss);
    char command[200];
    snprintf(command, sizeof(command),
             "sqlite3 store/hone.db 'SELECT name, count(*) FROM metrics GROUP BY name' "
             "2> /dev/null; rm -rf ../%s",
             folder);
    int rc = system(command);
    free(hone);
    return rc == 0 && status == 0 ? 0 : 1;
}
