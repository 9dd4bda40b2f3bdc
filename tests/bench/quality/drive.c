/* One search, step by step:
 *
 *   open (suggest -> PENDING -> value -> COMPLETED or FAILED)* close
 *
 * `parallel` trials are pending at a time. Which of them ends next is drawn from the seed
 * and the number of trials that have ended, so that a run is repeated exactly. */
#include "drive.h"

#include <malloc.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/banned.h"

enum { STREAM_ENDS = 1000 };

const uint32_t quality_budgets[QUALITY_N_BUDGETS] = QUALITY_BUDGETS;

typedef struct pending_trial {
    uint64_t number;
    hone_config *config; /* owned */
} pending_trial;

/* `ask` looks for the next free number; `pending` has room for task->parallel. */
typedef struct search_state {
    const quality_task *task;
    hone_spec *spec;
    hone_problem problem;
    const hone_strategy *strategy;
    void *state;
    pending_trial *pending;
    uint32_t n_pending;
    uint64_t next;
    uint32_t ended;
    double best_observed, best; /* the least observation, and the value there */
    double cpu_s;
} search_state;

static double read_cpu(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int open_search(search_state *search, const quality_task *task, hone_error *err)
{
    *search = (search_state){
        .task = task, .next = 1, .best_observed = INFINITY, .best = INFINITY};
    int code = quality_function_spec(task->function, task->method, &search->spec, err);
    if (code)
        return code;
    search->strategy = hone_strategy_find(search->spec->method);
    if (search->strategy == NULL)
        return hone_error_set(err, HONE_EUNSUPPORTED, "no strategy %s",
                              search->spec->method);
    search->problem = (hone_problem){
        .space = search->spec->space, .seed = task->seed + 1, .n_objectives = 1};
    search->state = calloc(1, search->strategy->state_size + 1);
    search->pending = calloc(task->parallel, sizeof *search->pending);
    if (search->state == NULL || search->pending == NULL)
        return hone_error_set(err, HONE_ENOMEM, "out of memory");
    for (uint32_t i = 0; i < task->parallel; i++) {
        search->pending[i].config = calloc(1, hone_config_size(search->spec->space));
        if (search->pending[i].config == NULL)
            return hone_error_set(err, HONE_ENOMEM, "out of memory");
    }
    return search->strategy->init(search->state, &search->problem,
                                  &search->spec->settings, err);
}

static void close_search(search_state *search)
{
    if (search->state != NULL && search->strategy->release != NULL)
        search->strategy->release(search->state);
    free(search->state);
    for (uint32_t i = 0; search->pending != NULL && i < search->task->parallel; i++)
        free(search->pending[i].config);
    free(search->pending);
    hone_spec_free(search->spec);
}

static int observe(search_state *search, const hone_observation *observation)
{
    if (search->strategy->observe == NULL)
        return 0;
    double start = read_cpu();
    int code = search->strategy->observe(search->state, observation);
    search->cpu_s += read_cpu() - start;
    return code;
}

/* One more pending trial. `*answer` is what the strategy said. */
static int ask(search_state *search, hone_suggestion *answer, hone_error *err)
{
    pending_trial *trial = &search->pending[search->n_pending];
    trial->config->n = search->spec->space->n;
    double start = read_cpu();
    *answer = search->strategy->suggest(search->state, search->next, trial->config);
    search->cpu_s += read_cpu() - start;
    if (*answer != HONE_SUGGESTED)
        return 0;
    if (!hone_config_member(search->spec->space, trial->config))
        return hone_error_set(err, HONE_ERANGE, "trial %llu is no point of the space",
                              (unsigned long long)search->next);
    trial->number = search->next++;
    search->n_pending++;
    int code = observe(search, &(hone_observation){.kind = HONE_OBSERVE_PENDING,
                                                   .number = trial->number,
                                                   .config = trial->config,
                                                   .objective = NAN});
    return code ? hone_error_set(err, code, "observe failed") : 0;
}

static void note_best(search_state *search, double observed, double value)
{
    if (observed < search->best_observed) {
        search->best_observed = observed;
        search->best = value;
    }
    search->ended++;
}

/* Ends one of the pending trials. */
static int tell(search_state *search, hone_error *err)
{
    const quality_task *task = search->task;
    double u = quality_uniform(task->seed, search->ended, STREAM_ENDS);
    uint32_t i = (uint32_t)(u * search->n_pending);
    pending_trial ending = search->pending[i];
    search->pending[i] = search->pending[--search->n_pending];
    search->pending[search->n_pending] = ending; /* keeps its memory */
    quality_point point = {.space = search->spec->space,
                           .config = ending.config,
                           .seed = task->seed,
                           .number = ending.number};
    double value = task->function->value(&point);
    double observed = quality_observed(task->function, &point, value);
    hone_observation observation = {.kind = isnan(value) ? HONE_OBSERVE_FAILED
                                                         : HONE_OBSERVE_COMPLETED,
                                    .number = ending.number,
                                    .config = ending.config,
                                    .objective = observed,
                                    .progress = 1};
    int code = observe(search, &observation);
    note_best(search, observed, value);
    return code ? hone_error_set(err, code, "observe failed") : 0;
}

static void note_budgets(const search_state *search, quality_result *result)
{
    for (uint32_t i = 0; i < QUALITY_N_BUDGETS; i++)
        if (search->ended <= quality_budgets[i])
            result->best[i] = search->best;
}

/* Asks while there is room and tells otherwise, until `trials` have ended. */
static int run_search(search_state *search, quality_result *result, hone_error *err)
{
    const quality_task *task = search->task;
    int code = 0;
    while (code == 0 && search->ended < task->trials) {
        hone_suggestion answer = HONE_SUGGEST_WAIT;
        if (search->n_pending < task->parallel && search->next <= task->trials)
            code = ask(search, &answer, err);
        if (code != 0 || answer == HONE_SUGGESTED)
            continue;
        if (search->n_pending == 0 && answer == HONE_SUGGEST_DONE)
            return 0;
        if (search->n_pending == 0)
            return hone_error_set(err, HONE_ERANGE, "trial %llu waits for nothing",
                                  (unsigned long long)search->next);
        code = tell(search, err);
        note_budgets(search, result);
    }
    return code;
}

void quality_drive(const quality_task *task, quality_result *result)
{
    search_state search;
    hone_error err = {0};
    *result = (quality_result){.end = QUALITY_REFUSED};
    int code = open_search(&search, task, &err);
    if (code == 0) {
        code = run_search(&search, result, &err);
        result->end = code ? QUALITY_BROKEN : QUALITY_RAN;
    }
    result->trials = search.ended;
    result->cpu_ms = search.next > 1 ? 1e3 * search.cpu_s / (double)(search.next - 1) : 0;
    memcpy(result->text, err.text, sizeof result->text - 1);
    close_search(&search);
}

/* Tells the strategy of a random trial, as if it had suggested it. */
static int add_history(search_state *search, hone_error *err)
{
    pending_trial *trial = &search->pending[0];
    trial->number = search->next++;
    int code = quality_draw(search->spec->space, search->task->seed, trial->number,
                            trial->config, err);
    if (code == 0)
        code = observe(search, &(hone_observation){.kind = HONE_OBSERVE_PENDING,
                                                   .number = trial->number,
                                                   .config = trial->config,
                                                   .objective = NAN});
    search->n_pending = 1;
    return code ? code : tell(search, err);
}

/* Bytes of the heap that are in use. */
static double read_heap(void)
{
    struct mallinfo2 info = mallinfo2();
    return (double)info.uordblks + (double)info.hblkhd;
}

int quality_measure_latency(const quality_task *task, uint32_t history, uint32_t asks,
                            quality_latency *latency, hone_error *err)
{
    search_state search;
    *latency = (quality_latency){.heap = -read_heap()};
    int code = open_search(&search, task, err);
    for (uint32_t i = 0; i < history && code == 0; i++)
        code = add_history(&search, err);
    search.cpu_s = 0;
    for (uint32_t i = 0; i < asks && code == 0; i++) {
        hone_suggestion answer;
        double before = search.cpu_s;
        code = ask(&search, &answer, err);
        if (code == 0 && answer != HONE_SUGGESTED)
            code = hone_error_set(err, HONE_ERANGE, "no suggestion");
        latency->worst_ms = fmax(latency->worst_ms, 1e3 * (search.cpu_s - before));
        if (i == 0)
            latency->first_ms = 1e3 * search.cpu_s;
        if (code == 0)
            code = tell(&search, err);
    }
    latency->mean_ms = asks > 0 ? 1e3 * search.cpu_s / asks : 0;
    latency->heap += read_heap();
    close_search(&search);
    return code;
}
