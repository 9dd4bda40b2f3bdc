/* The external sampler of a running sweep. */
#include "engine/sampler.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PORTION = 256 * 1024 }; /* bytes that are told at a time while it is caught up */

/* ---- from the record ---- */

typedef struct portion {
    hone_sweep *sweep;
    hone_buf *out;
    uint64_t next;
} portion;

static hone_goals recorded_goals(const hone_spec *spec, const hone_trial_info *info)
{
    hone_goals goals = {.values = {info->objective}};
    for (uint32_t i = 0; i < spec->n_others; i++) {
        goals.values[i + 1] = NAN;
        for (uint32_t k = 0; k < info->n_metrics; k++)
            if (strcmp(info->metrics[k].name, spec->others[i].name) == 0)
                goals.values[i + 1] = info->metrics[k].value;
    }
    return goals;
}

/* A trial that is tried again is pending, whatever the record says yet. */
static int put_recorded(void *arg, const hone_trial_info *info)
{
    portion *all = arg;
    hone_knowledge state =
        hone_known_state(hone_plan_known(all->sweep->plan), info->number);
    all->next = info->number + 1;
    bool ended = state == HONE_KNOWN_ENDED;
    hone_external_trial trial = {.number = info->number,
                                 .status = ended ? info->status : HONE_STATUS_PENDING,
                                 .has_objective = ended && info->has_objective,
                                 .objective = info->objective,
                                 .maximize = all->sweep->spec->objective.maximize,
                                 .params = info->params,
                                 .n_params = info->n_params};
    hone_goals goals = recorded_goals(all->sweep->spec, info);
    if (trial.has_objective && all->sweep->spec->n_others > 0) {
        trial.spec = all->sweep->spec;
        trial.values = goals.values;
    }
    if (state != HONE_KNOWN_NOT)
        hone_external_write_trial(all->out, &trial);
    return all->out->len >= PORTION ? 1 : HONE_OK;
}

static hone_external_trial pending_trial(const hone_sweep *sweep, const hone_run *run)
{
    return (hone_external_trial){.number = run->number,
                                 .status = HONE_STATUS_PENDING,
                                 .config = run->config,
                                 .space = sweep->spec->space};
}

/* The newest trials may be on their way to the disk. */
static void put_unrecorded(const portion *all)
{
    const hone_reactor *reactor = &all->sweep->reactor;
    for (uint64_t number = all->next; number < reactor->next_number; number++) {
        const hone_run *run = hone_reactor_run(reactor, number);
        if (run == NULL)
            continue;
        hone_external_trial trial = pending_trial(all->sweep, run);
        hone_external_write_trial(all->out, &trial);
    }
}

static int recall(void *arg, uint64_t first, hone_buf *out, uint64_t *next,
                  hone_error *err)
{
    hone_sweep *sweep = arg;
    hone_store *store = NULL;
    portion all = {.sweep = sweep, .out = out, .next = first};
    const char *dir = sweep->options.store != NULL ? sweep->options.store : ".hone";
    int rc = hone_store_open(dir, &store, err);
    if (rc == HONE_OK)
        rc = hone_store_trials(store, sweep->id, first, put_recorded, &all, err);
    hone_store_close(store);
    *next = rc > 0 ? all.next : 0;
    if (rc == HONE_OK)
        put_unrecorded(&all);
    return rc > 0 ? HONE_OK : rc;
}

/* ---- from the program ---- */

static void on_failed(void *arg, int code, const char *why)
{
    hone_sweep *sweep = arg;
    if (code == HONE_ENOMEM)
        hone_loop_fail(sweep, code, "out of memory");
    else
        hone_loop_post(sweep, &(hone_event){.kind = HONE_EVENT_UNANSWERED, .text = why});
}

/* Whether something is under way whose end could be told. */
static bool has_news_to_come(const hone_reactor *reactor)
{
    return reactor->counts[HONE_STATUS_RUNNING] > 0 || reactor->n_ready > 0 ||
           reactor->n_delayed > 0 || reactor->n_recording > 0 || reactor->n_unsettled > 0;
}

static void on_answered(void *arg, hone_suggestion answer, const hone_config *config)
{
    hone_sweep *sweep = arg;
    hone_event event = {.kind = HONE_EVENT_SUGGESTED, .config = config};
    if (answer == HONE_SUGGEST_DONE)
        event.kind = HONE_EVENT_EXHAUSTED;
    if (answer == HONE_SUGGEST_WAIT)
        event.kind = HONE_EVENT_WAIT;
    if (answer == HONE_SUGGEST_WAIT && !has_news_to_come(&sweep->reactor))
        event = (hone_event){.kind = HONE_EVENT_UNANSWERED,
                             .text = "the sampler waits for results, and no trial runs "
                                     "that could have some"};
    hone_loop_post(sweep, &event);
}

static void on_said(void *arg, const char *line)
{
    hone_sweep *sweep = arg;
    if (sweep->options.observer.message != NULL)
        sweep->options.observer.message(sweep->options.observer.arg, line);
}

/* ---- to the program ---- */

int hone_sampler_open(hone_sweep *sweep, hone_error *err)
{
    hone_external_options options = {.loop = sweep->loop,
                                     .spec = sweep->spec,
                                     .sweep = sweep->name,
                                     .known = hone_plan_known(sweep->plan),
                                     .recall = recall,
                                     .answered = on_answered,
                                     .failed = on_failed,
                                     .said = on_said,
                                     .arg = sweep};
    return sweep->spec->external != NULL
               ? hone_external_new(&options, &sweep->external, err)
               : HONE_OK;
}

void hone_sampler_ask(hone_sweep *sweep, uint64_t number)
{
    hone_external_ask(sweep->external, number);
}

void hone_sampler_tell_pending(hone_sweep *sweep, const hone_run *run)
{
    hone_external_trial trial = pending_trial(sweep, run);
    if (sweep->external != NULL)
        hone_external_tell(sweep->external, &trial);
}

void hone_sampler_tell_end(hone_sweep *sweep, const hone_run *run,
                           const hone_verdict *verdict)
{
    hone_external_trial trial = pending_trial(sweep, run);
    trial.status = verdict->status;
    trial.has_objective = verdict->has_objective;
    trial.objective = verdict->objective;
    trial.maximize = sweep->spec->objective.maximize;
    hone_goals goals = hone_goals_of(sweep->spec, sweep->extractor, &run->tally);
    if (trial.has_objective && sweep->spec->n_others > 0) {
        trial.spec = sweep->spec;
        trial.values = goals.values;
    }
    if (sweep->external != NULL)
        hone_external_tell(sweep->external, &trial);
}

bool hone_sampler_lets_go(hone_sweep *sweep)
{
    const hone_reactor *reactor = &sweep->reactor;
    if (sweep->external == NULL || sweep->finished || !reactor->asking ||
        !reactor->halted)
        return false;
    hone_external_forget(sweep->external);
    hone_loop_post(sweep, &(hone_event){.kind = HONE_EVENT_WAIT});
    return true;
}
