/* What early stopping saves and costs on learning curves of real training.
 *
 *   bench_curves [SEEDS]
 *
 * Every configuration of a table is run once, in an order drawn from the seed, four at a
 * time, a round each in turn, under a scheduler that may stop it. Told are the rounds
 * that were run, of those that the full curves have, and in how many of the seeds the
 * best of the completed trials is among the five best of all. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hone/scheduler.h>

#include "math/philox.h"
#include "base/banned.h"

enum { CONFIGURATIONS = 96, ROUNDS = 81, WORKERS = 4, TOP = 5, SETTINGS_MAX = 3 };

static const double heart[CONFIGURATIONS][ROUNDS] = {
#include "heart.inc"
};

typedef struct entrant {
    const char *type;
    const char *shown;
    hone_setting settings[SETTINGS_MAX];
} entrant;

#define WHOLE(key, number)                                                               \
    {                                                                                    \
        .name = (key), .value = {.kind = HONE_INT, .integer = (number) }                 \
    }

static const entrant contenders[] = {
    {"hyperband", "min_iter 3, eta 3", {WHOLE("min_iter", 3)}},
    {"hyperband", "max_iter 81, s 3, eta 3", {WHOLE("max_iter", 81), WHOLE("s", 3)}},
    {"asha", "min_iter 3, eta 3", {WHOLE("min_iter", 3), WHOLE("eta", 3)}},
    {"asha", "min_iter 9, eta 3", {WHOLE("min_iter", 9), WHOLE("eta", 3)}},
    {"hyperband", "min_iter 9, eta 3", {WHOLE("min_iter", 9)}},
    {"hyperband", "min_iter 18, eta 3", {WHOLE("min_iter", 18)}},
    {"asha", "min_iter 12, eta 3", {WHOLE("min_iter", 12), WHOLE("eta", 3)}},
    {"asha", "min_iter 16, eta 4", {WHOLE("min_iter", 16), WHOLE("eta", 4)}},
    {"asha", "min_iter 20, eta 5", {WHOLE("min_iter", 20), WHOLE("eta", 5)}},
    {"asha", "(defaults)", {{0}}},
    {"median", "(defaults)", {{0}}},
    {"percentile", "(defaults)", {{0}}},
};

typedef struct outcome {
    double share; /* of all rounds */
    int place;    /* of the best completed one, from 1 */
} outcome;

/* An order of all configurations, by sorting random keys. */
static void shuffle(uint64_t seed, int *order)
{
    double keys[CONFIGURATIONS];
    for (int i = 0; i < CONFIGURATIONS; i++) {
        keys[i] = hone_philox_uniform(seed, (hone_counter){.number = (uint64_t)i + 1});
        int at = i;
        for (; at > 0 && keys[order[at - 1]] > keys[i]; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
}

static int find_place(double value)
{
    int place = 1;
    for (int i = 0; i < CONFIGURATIONS; i++)
        place += heart[i][ROUNDS - 1] < value;
    return place;
}

typedef struct worker {
    uint64_t trial; /* 0: idle */
    int configuration, rounds;
} worker;

static void must(int code)
{
    if (code != HONE_OK) {
        fprintf(stderr, "bench_curves: out of memory\n");
        exit(2);
    }
}

/* One round of a worker's trial; true where it is over. */
static bool work(const hone_scheduler *scheduler, void *self, worker *w, double *best)
{
    double value = heart[w->configuration][w->rounds++];
    hone_report report = {.number = w->trial, .step = w->rounds, .value = value};
    hone_ruling ruling = {.kind = HONE_RULING_CONTINUE};
    must(scheduler->report(self, &report, &ruling));
    bool stopped = ruling.kind == HONE_RULING_STOP && w->rounds < ROUNDS;
    if (!stopped && w->rounds < ROUNDS)
        return false;
    if (!stopped)
        *best = fmin(*best, value);
    must(scheduler->ended(self, w->trial,
                          stopped ? HONE_STATUS_PRUNED : HONE_STATUS_COMPLETED));
    return true;
}

static outcome race(const entrant *contender, uint64_t seed)
{
    const hone_scheduler *scheduler = hone_scheduler_find(contender->type);
    hone_settings settings = {.items = contender->settings};
    while (settings.n < SETTINGS_MAX && contender->settings[settings.n].name != NULL)
        settings.n++;
    void *self = calloc(1, scheduler->state_size);
    hone_watch watch = {.metric = "logloss"};
    must(self != NULL ? scheduler->init(self, &watch, &settings, NULL) : HONE_ENOMEM);
    int order[CONFIGURATIONS], next = 0, n_rounds = 0, n_busy = 1;
    worker workers[WORKERS] = {0};
    double best = INFINITY;
    shuffle(seed, order);
    while (n_busy > 0) {
        n_busy = 0;
        for (int i = 0; i < WORKERS; i++) {
            worker *w = &workers[i];
            if (w->trial == 0 && next < CONFIGURATIONS) {
                w->configuration = order[next++];
                w->trial = (uint64_t)next;
                w->rounds = 0;
            }
            if (w->trial == 0)
                continue;
            n_rounds++;
            n_busy++;
            if (work(scheduler, self, w, &best))
                w->trial = 0;
        }
    }
    if (scheduler->release != NULL)
        scheduler->release(self);
    free(self);
    return (outcome){.share = (double)n_rounds / (CONFIGURATIONS * ROUNDS),
                     .place = find_place(best)};
}

int main(int argc, char **argv)
{
    int seeds = argc > 1 ? atoi(argv[1]) : 10;
    if (seeds < 1) {
        fprintf(stderr, "usage: bench_curves [SEEDS]\n");
        return 2;
    }
    printf("| early_terminate | options | rounds run | best is of the %d best |\n"
           "| --- | --- | --- | --- |\n",
           TOP);
    for (size_t i = 0; i < sizeof contenders / sizeof *contenders; i++) {
        double share = 0;
        int n_top = 0;
        for (int seed = 1; seed <= seeds; seed++) {
            outcome end = race(&contenders[i], (uint64_t)seed);
            share += end.share / seeds;
            n_top += end.place <= TOP;
        }
        printf("| %s | %s | %.0f %% | %d of %d |\n", contenders[i].type,
               contenders[i].shown, 100 * share, n_top, seeds);
    }
    return 0;
}
