/* What a suggestion costs, beside Optuna in the same run.
 *
 *   bench_suggest [PYTHON [STRATEGY...]]
 *
 * Each strategy is told of 100, 1000 and 4000 random trials of five reals and asked 40
 * times, each answer observed before the next; three rounds, of which the one with the
 * median counts. PYTHON is asked for Optuna's time in each round, so that both meet the
 * same machine: `/usr/bin/python3` where Debian's python3-optuna is installed; without
 * PYTHON there are no ratios. All times are processor time. */
#include <malloc.h>
#include <math.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "drive.h"

#include "base/banned.h"

enum { ROUNDS = 3, HISTORIES = 3, RATIO_AT = 1, ASKS = 40, METHODS_MAX = 16, LINE = 160 };

static const uint32_t histories[HISTORIES] = {100, 1000, 4000};

typedef struct figures {
    const char *method;
    quality_latency at[HISTORIES][ROUNDS];
} figures;

extern char **environ;

static int complain(const char *what, const char *which)
{
    fprintf(stderr, "bench_suggest: %s%s\n", what, which);
    return 1;
}

/* The whole output of a program, in `text`; its exit status is 0. */
static int read_program(char *const *argv, char *text, size_t size)
{
    int ends[2], status;
    pid_t child;
    posix_spawn_file_actions_t actions;
    if (pipe(ends) != 0 || posix_spawn_file_actions_init(&actions) != 0)
        return complain("no pipe for ", argv[0]);
    int code = posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    code = code ? code : posix_spawn_file_actions_addclose(&actions, ends[0]);
    code = code ? code : posix_spawnp(&child, argv[0], &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (code != 0) {
        close(ends[0]);
        return complain("cannot start ", argv[0]);
    }
    size_t n = 0;
    for (ssize_t got = 1; got > 0 && n + 1 < size; n += got > 0 ? (size_t)got : 0)
        got = read(ends[0], text + n, size - 1 - n);
    close(ends[0]);
    text[n] = '\0';
    if (waitpid(child, &status, 0) != child || status != 0)
        return complain("no answer from ", argv[0]);
    return 0;
}

/* Milliseconds that Optuna's TPE takes after `history` trials. */
static int measure_optuna(char *python, double *ms)
{
    char history[16], asks[16], text[LINE], *end;
    snprintf(history, sizeof history, "%u", histories[RATIO_AT]);
    snprintf(asks, sizeof asks, "%d", ASKS / 2);
    char script[] = QUALITY_SOURCE "/optuna_ask.py", flag[] = "-B";
    char *argv[] = {python, flag, script, history, asks, NULL};
    if (read_program(argv, text, sizeof text) != 0)
        return 1;
    *ms = strtod(text, &end);
    return end != text && *ms > 0 ? 0 : complain("no number from ", script);
}

static int measure(figures *f, uint32_t round)
{
    for (uint32_t h = 0; h < HISTORIES; h++) {
        quality_task task = {.function = quality_function_find("rosenbrock5"),
                             .method = f->method,
                             .seed = round,
                             .trials = 1,
                             .parallel = 1};
        hone_error err = {0};
        if (quality_measure_latency(&task, histories[h], ASKS, &f->at[h][round], &err))
            return complain(err.text, "");
    }
    return 0;
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double get_median(const double *values)
{
    double sorted[ROUNDS];
    memcpy(sorted, values, sizeof sorted);
    qsort(sorted, ROUNDS, sizeof *sorted, compare_doubles);
    return sorted[ROUNDS / 2];
}

static double get_mean(const figures *f, uint32_t h)
{
    double values[ROUNDS];
    for (uint32_t r = 0; r < ROUNDS; r++)
        values[r] = f->at[h][r].mean_ms;
    return get_median(values);
}

static double get_worst(const figures *f, uint32_t h)
{
    double values[ROUNDS];
    for (uint32_t r = 0; r < ROUNDS; r++)
        values[r] = f->at[h][r].worst_ms;
    return get_median(values);
}

static void print_row(const figures *f, const double *optuna)
{
    double ratios[ROUNDS];
    printf("| %s |", f->method);
    for (uint32_t h = 0; h < HISTORIES; h++)
        printf(" %.4f (%.2f) |", get_mean(f, h), get_worst(f, h));
    double grown = f->at[HISTORIES - 1][0].heap - f->at[HISTORIES - 2][0].heap;
    printf(" %.0f |", grown / (histories[HISTORIES - 1] - histories[HISTORIES - 2]));
    for (uint32_t r = 0; r < ROUNDS; r++)
        ratios[r] = optuna[r] / f->at[RATIO_AT][r].mean_ms;
    if (optuna[0] > 0)
        printf(" %.0f |", get_median(ratios));
    putchar('\n');
}

static void print_table(const figures *all, uint32_t n, const double *optuna)
{
    printf("| method |");
    for (uint32_t h = 0; h < HISTORIES; h++)
        printf(" ms after %u (worst) |", histories[h]);
    printf(" bytes a trial |%s\n| --- |", optuna[0] > 0 ? " Optuna / hone |" : "");
    for (uint32_t c = 0; c < HISTORIES + 1 + (optuna[0] > 0); c++)
        printf(" --- |");
    putchar('\n');
    for (uint32_t i = 0; i < n; i++)
        print_row(&all[i], optuna);
    if (optuna[0] > 0)
        printf("\nOptuna's TPE after %u trials: %.1f ms.\n", histories[RATIO_AT],
               get_median(optuna));
}

int main(int argc, char **argv)
{
    static const char *const learning[] = {"tpe", "cmaes", "gp", "bayes"};
    static figures all[METHODS_MAX];
    double optuna[ROUNDS] = {0};
    uint32_t n = 0;
    for (int i = 2; i < argc && n < METHODS_MAX; i++)
        all[n++].method = argv[i];
    for (uint32_t i = 0; argc < 3 && i < sizeof learning / sizeof learning[0]; i++)
        all[n++].method = learning[i];
    for (uint32_t r = 0; r < ROUNDS; r++) {
        for (uint32_t i = 0; i < n; i++)
            if (measure(&all[i], r) != 0)
                return 1;
        if (argc > 1 && measure_optuna(argv[1], &optuna[r]) != 0)
            return 1;
    }
    print_table(all, n, optuna);
    return 0;
}
