/* From the record to a reactor: what an earlier run left is counted, taken over or put in
 * line again.
 *
 * Call order: load (before anything is started), apply (after), free.
 *
 * Three witnesses are heard. The record knows every trial and, of started ones, the bytes
 * of output whose metrics are in. The keepers' journals know which attempts were started
 * and how those ended that nobody was told of. A lock knows whether a keeper still lives.
 * The journal is the judge of what was started: an attempt that the record does not know
 * yet (its start was on the way to the disk) is found there, and one that the record has
 * as running and no journal knows was never started, or went down with the machine. */
#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/recall.h"
#include "engine/replay.h"
#include "engine/sweep_state.h"

/* An attempt that some keeper's journal has. */
typedef struct found {
    uint64_t number;
    uint32_t attempt;
    bool running;
    hone_exit exit;         /* where not running */
    hone_leftover leftover; /* where running */
    /* From the record: */
    bool open;    /* the record does not have its end */
    bool unknown; /* nor its start, which was on the way to the disk */
    uint64_t stdout_read, stderr_read, metrics_read;
} found;

struct hone_resume {
    hone_sweep *sweep;
    hone_error *err; /* of the load; borrowed */
    found *items;    /* owned; by number and attempt */
    uint32_t n, cap;
    hone_fifo again;     /* uint64_t: trials that had ended, to be run again */
    uint64_t n_extended; /* completed ones of them */
    hone_fifo
        lost; /* hone_attempt_end: running by the record, unknown to every journal */
    hone_replayer replayer;
    hone_replay_end *ends; /* of the trial that is visited; owned */
    uint32_t n_ends, ends_cap;
    uint32_t judged; /* its attempt whose curve a scheduler judges */
    hone_arrival arrivals[HONE_RUNGS_MAX]; /* of the trial that is visited */
    uint32_t n_arrivals;
    hone_fifo gone; /* uint64_t: never started, and no longer in the spec */
    uint32_t n_running, n_ended;
    uint64_t n_out;          /* running with whoever asked for them */
    uint64_t n_kept, n_gone; /* trials that the spec still has, and has no longer */
    hone_recall recall;      /* ended trials whose curves are read when all are known */
    bool failed;             /* out of memory in a visitor */
};

/* ---- the journals ---- */

static found *add_found(hone_resume *resume)
{
    if (resume->n == resume->cap) {
        uint32_t cap = resume->cap == 0 ? 16 : resume->cap * 2;
        found *grown = realloc(resume->items, cap * sizeof(*grown));
        if (grown == NULL) {
            resume->failed = true;
            return NULL;
        }
        resume->items = grown;
        resume->cap = cap;
    }
    found *added = &resume->items[resume->n++];
    memset(added, 0, sizeof(*added));
    return added;
}

static void on_ended(void *arg, const hone_exit *exit)
{
    found *added = add_found(arg);
    if (added == NULL)
        return;
    added->number = exit->trial;
    added->attempt = exit->attempt;
    added->exit = *exit;
}

static void on_running(void *arg, const hone_leftover *leftover)
{
    found *added = add_found(arg);
    if (added == NULL)
        return;
    added->number = leftover->trial;
    added->attempt = leftover->attempt;
    added->running = true;
    added->leftover = *leftover;
}

static int by_number(const void *a, const void *b)
{
    const found *x = a, *y = b;
    if (x->number != y->number)
        return x->number < y->number ? -1 : 1;
    return x->attempt < y->attempt ? -1 : x->attempt > y->attempt;
}

/* The last attempt of a trial that a journal has, or NULL. */
static found *find_last(hone_resume *resume, uint64_t number)
{
    uint32_t low = 0, high = resume->n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (resume->items[middle].number <= number)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && resume->items[low - 1].number == number ? &resume->items[low - 1]
                                                              : NULL;
}

/* ---- the record ---- */

/* Values are mapped to those of the space, which outlive the visit; a computed number has
 * nothing to outlive. */
static void adopt_values(const hone_space *space, hone_config *config)
{
    for (uint32_t i = 0; i < space->n; i++) {
        hone_value *value = &config->values[i];
        const hone_param *param = &space->params[i];
        if (value->kind == HONE_ABSENT)
            continue;
        value->spelling = NULL;
        for (uint32_t k = 0; k < param->n_values; k++) {
            if (hone_value_equal(&param->values[k], value)) {
                *value = param->values[k];
                break;
            }
        }
    }
}

static int add_end(hone_resume *resume, const hone_replay_end *end)
{
    if (resume->n_ends == resume->ends_cap) {
        uint32_t cap = resume->ends_cap == 0 ? 16 : resume->ends_cap * 2;
        hone_replay_end *grown = realloc(resume->ends, cap * sizeof(*grown));
        if (grown == NULL)
            return HONE_ENOMEM;
        resume->ends = grown;
        resume->ends_cap = cap;
    }
    resume->ends[resume->n_ends++] = *end;
    return HONE_OK;
}

static int on_end(void *arg, const hone_stored_end *end)
{
    hone_resume *resume = arg;
    if (!end->ran && !end->scored && end->budget == 0)
        return HONE_OK;
    if (end->scored && resume->judged == 0)
        resume->judged = end->attempt;
    return add_end(resume, &(hone_replay_end){.reason = end->reason,
                                              .exit_code = end->exit_code,
                                              .scored = end->scored,
                                              .score = end->score,
                                              .budget = end->budget});
}

/* What its repeats came to. */
static int summarise(const hone_resume *resume, hone_summary *summary)
{
    double *scores = malloc((resume->n_ends + 1) * sizeof(*scores));
    uint32_t n = 0;
    if (scores == NULL)
        return HONE_ENOMEM;
    for (uint32_t i = 0; i < resume->n_ends; i++)
        if (resume->ends[i].scored)
            scores[n++] = resume->ends[i].score;
    *summary = hone_summary_of(n, scores);
    free(scores);
    return HONE_OK;
}

/* How many repeats a completed trial has, for a spec that may want more. Without a score
 * it is of the time before there were repeats, and its one run becomes the first of them;
 * the record follows when the trial is run again. */
static int count_repeats(hone_resume *resume, const hone_stored_trial *trial,
                         hone_replay *replay)
{
    bool repeats = resume->sweep->spec->repeats.max > 1;
    if (!repeats || trial->status != HONE_STATUS_COMPLETED ||
        trial->wish == HONE_WISH_ASKED) /* of somebody else's loop */
        return HONE_OK;
    replay->behind = trial->has_detail;
    replay->n_repeats = replay->summary.n;
    if (replay->n_repeats > 0)
        return HONE_OK;
    replay->n_repeats = 1;
    resume->judged = trial->attempts;
    double score = trial->has_objective ? trial->objective : NAN;
    return add_end(resume, &(hone_replay_end){.scored = true, .score = score});
}

/* How the attempts of a trial that is to run (again), or had several repeats, ended: they
 * are among its repeats, or count against its retries. Borrowed until the next trial. */
static int read_ends(hone_resume *resume, const hone_stored_trial *trial,
                     hone_replay *replay)
{
    resume->n_ends = resume->judged = 0;
    bool over = hone_reactor_has_ended(&resume->sweep->reactor, replay);
    bool climbs = hone_plan_ladder(resume->sweep->plan) != NULL;
    int rc = HONE_OK;
    if (trial->attempts >= (over && !climbs ? 2U : 1U)) /* else no repeats, no retries */
        rc = hone_writer_load_ends(resume->sweep->writer, trial->number, on_end, resume,
                                   resume->err);
    if (rc == HONE_OK && resume->n_ends > 0)
        rc = summarise(resume, &replay->summary);
    if (rc == HONE_OK)
        rc = count_repeats(resume, trial, replay);
    replay->ends = resume->ends;
    replay->n_ends = resume->n_ends;
    return rc;
}

static int on_watched_point(void *arg, const hone_point *point)
{
    hone_resume *resume = arg;
    const hone_sweep *sweep = resume->sweep;
    const double *steps = NULL;
    uint32_t n = hone_ladder_steps(hone_plan_ladder(sweep->plan), &steps);
    if (!hone_early_watches(&sweep->early, point->name))
        return HONE_OK;
    for (uint32_t *i = &resume->n_arrivals; *i < n && point->step >= steps[*i]; ++*i)
        resume->arrivals[*i] = (hone_arrival){.step = steps[*i], .value = point->value};
    return HONE_OK;
}

/* Where rungs are steps: those that a trial came to, as its ended attempts tell. The
 * points of one that may still run are told to the reactor. */
static int read_arrivals(hone_resume *resume, const hone_stored_trial *trial,
                         hone_replay *replay)
{
    const hone_sweep *sweep = resume->sweep;
    uint32_t n = trial->attempts - (trial->status == HONE_STATUS_RUNNING);
    int rc = HONE_OK;
    resume->n_arrivals = 0;
    for (uint32_t i = 1; i <= n && sweep->early.ladder && rc == HONE_OK; i++)
        rc = hone_writer_load_points(sweep->writer, trial->number, i, on_watched_point,
                                     resume, resume->err);
    replay->arrivals = resume->arrivals;
    replay->n_arrivals = resume->n_arrivals;
    return rc;
}

static hone_attempt_end end_of_lost(const hone_stored_trial *trial)
{
    return (hone_attempt_end){.number = trial->number,
                              .attempt = trial->attempts,
                              .status = HONE_STATUS_PENDING,
                              .reason = HONE_REASON_LOST,
                              .detail = "vanished without an exit record",
                              .started_at = HONE_NO_TIME,
                              .at = hone_loop_now(),
                              .exit_code = -1,
                              .duration_s = NAN,
                              .cpu_time_s = NAN,
                              .max_rss = -1};
}

static bool note_lost(hone_resume *resume, const hone_stored_trial *trial)
{
    hone_attempt_end end = end_of_lost(trial);
    return hone_fifo_push(&resume->lost, &end);
}

/* The attempt that a journal has of this trial and whose end the record lacks. False
 * without memory. */
static bool match_journal(hone_resume *resume, const hone_stored_trial *trial, bool again)
{
    found *last = find_last(resume, trial->number);
    bool running = trial->status == HONE_STATUS_RUNNING;
    if (last == NULL || last->attempt < trial->attempts)
        return running ? note_lost(resume, trial) : true;
    /* Ended attempts of a trial that is pending again are in the record already. */
    bool newer = last->attempt > trial->attempts;
    bool waits = trial->status == HONE_STATUS_PENDING || again;
    if (!running && !(waits && newer))
        return true;
    last->open = true;
    last->unknown = newer;
    if (!newer) {
        last->stdout_read = trial->stdout_read;
        last->stderr_read = trial->stderr_read;
        last->metrics_read = trial->metrics_read;
    }
    *(last->running ? &resume->n_running : &resume->n_ended) += 1;
    return true;
}

/* A parameter that is new has its default in trials that were run before it came. */
static void fill_defaults(const hone_space *space, hone_config *config)
{
    for (uint32_t i = 0; i < space->n; i++) {
        const hone_value *fallback = &space->params[i].fallback;
        if (config->values[i].kind == HONE_ABSENT && fallback->kind != HONE_ABSENT &&
            hone_param_active(space, i, config))
            config->values[i] = *fallback;
    }
}

/* Whether the spec still has the trial's configuration: it may have been extended since.
 */
static bool is_wanted(hone_resume *resume, const hone_stored_trial *trial,
                      hone_config *config)
{
    const hone_space *space = resume->sweep->spec->space;
    fill_defaults(space, config);
    bool wanted = trial->n_foreign == 0 && hone_config_member(space, config);
    *(wanted ? &resume->n_kept : &resume->n_gone) += 1;
    return wanted;
}

/* A trial that hone ask has given away has no keeper, and is not lost for that. */
static bool is_out(const hone_stored_trial *trial)
{
    return trial->status == HONE_STATUS_RUNNING && trial->wish == HONE_WISH_ASKED;
}

/* What is not wanted any more stays in the record with its result, where it has one; the
 * strategy never hears of it. */
static int let_go(hone_resume *resume, const hone_stored_trial *trial,
                  hone_replay *replay)
{
    bool never_run = trial->status == HONE_STATUS_PENDING && trial->attempts == 0;
    bool pending = trial->status == HONE_STATUS_PENDING;
    if (pending)
        replay->status = HONE_STATUS_CANCELLED;
    hone_replayed ignored;
    if (hone_replayer_trial(&resume->replayer, replay, HONE_UNHEARD, &ignored) != HONE_OK)
        return HONE_ENOMEM;
    if (pending && !never_run) {
        hone_attempt_end end = end_of_lost(trial);
        end.status = HONE_STATUS_CANCELLED;
        end.reason = HONE_REASON_INTERRUPTED;
        end.detail = "no longer in the spec";
        return hone_fifo_push(&resume->lost, &end) ? HONE_OK : HONE_ENOMEM;
    }
    if (is_out(trial))
        return HONE_OK;
    if (!never_run)
        return match_journal(resume, trial, false) ? HONE_OK : HONE_ENOMEM;
    return hone_fifo_push(&resume->gone, &trial->number) ? HONE_OK : HONE_ENOMEM;
}

/* The further objectives of a trial that counts. */
static int read_goals(hone_resume *resume, const hone_stored_trial *trial,
                      hone_goals *goals)
{
    const hone_spec *spec = resume->sweep->spec;
    int rc = HONE_OK;
    if (!trial->has_objective)
        return HONE_OK;
    for (uint32_t i = 0; rc == HONE_OK && i < spec->n_others; i++)
        rc = hone_writer_load_result(resume->sweep->writer, trial->number,
                                     spec->others[i].name, &goals->values[i + 1],
                                     resume->err);
    return rc;
}

/* Of repeats the first one's curve is the trial's. */
static int note_curve(hone_resume *resume, const hone_stored_trial *trial,
                      const hone_config *config, hone_replayed replayed)
{
    hone_stored_trial judged = *trial;
    if (replayed != HONE_REPLAY_ENDED)
        judged.status = HONE_STATUS_PENDING;
    if (resume->judged > 0)
        judged.attempts = resume->judged;
    return hone_recall_note(&resume->recall, resume->sweep, &judged, config);
}

static int on_trial(void *arg, const hone_stored_trial *trial)
{
    hone_resume *resume = arg;
    hone_sweep *sweep = resume->sweep;
    const hone_space *space = sweep->spec->space;
    size_t size = hone_config_size(space);
    hone_config *config = malloc(size);
    if (config == NULL)
        return HONE_ENOMEM;
    memcpy(config, trial->config, size);
    adopt_values(space, config);
    double budget = hone_fidelity_take(&sweep->spec->fidelity, space, config);
    hone_replay replay = {.number = trial->number,
                          .status = trial->status,
                          .reason = trial->reason,
                          .has_objective = trial->has_objective,
                          .objective = trial->objective,
                          .attempts = trial->attempts,
                          .wish = trial->wish,
                          .sequence = trial->sequence,
                          .budget = budget,
                          .parent = trial->parent,
                          .config = config};
    if (!is_wanted(resume, trial, config)) {
        int gone = let_go(resume, trial, &replay);
        free(config);
        return gone;
    }
    hone_replayed replayed = HONE_REPLAY_ENDED;
    int rc = read_ends(resume, trial, &replay);
    if (rc == HONE_OK)
        rc = read_arrivals(resume, trial, &replay);
    if (rc == HONE_OK)
        rc = read_goals(resume, trial, &replay.goals);
    if (rc == HONE_OK)
        rc = hone_replayer_trial(&resume->replayer, &replay, HONE_HEARD, &replayed);
    bool curve = hone_plan_ladder(sweep->plan) == NULL; /* else its rungs say all */
    if (rc == HONE_OK && curve && (replayed == HONE_REPLAY_ENDED || resume->judged > 0))
        rc = note_curve(resume, trial, config, replayed);
    if (replayed == HONE_REPLAY_AGAIN && !hone_fifo_push(&resume->again, &trial->number))
        rc = HONE_ENOMEM;
    if (replayed == HONE_REPLAY_AGAIN && trial->status == HONE_STATUS_COMPLETED)
        resume->n_extended++;
    if (is_out(trial))
        resume->n_out++;
    else if (!match_journal(resume, trial, replayed == HONE_REPLAY_AGAIN))
        rc = HONE_ENOMEM;
    free(config);
    return rc;
}

static int load_trials(hone_resume *resume, hone_error *err)
{
    hone_sweep *sweep = resume->sweep;
    hone_replayer *replayer = &resume->replayer;
    hone_replayer_init(replayer, &sweep->reactor, sweep->plan);
    int rc = hone_writer_load(sweep->writer, sweep->spec->space, on_trial, resume, err);
    if (rc == HONE_OK)
        rc = hone_replayer_finish(replayer);
    if (rc == HONE_OK && replayer->best != NULL)
        hone_outcome_params(&sweep->best_params, sweep->spec->space, replayer->best);
    return rc;
}

/* Slots that are not used cost next to nothing, and `hone scale` can only use what is
 * there. */
static uint32_t room_for(uint32_t concurrency)
{
    return concurrency > HONE_SLOTS_MIN ? concurrency : HONE_SLOTS_MIN;
}

/* Trials that the method may be asked for. */
static uint64_t limit_of(const hone_sweep *sweep)
{
    const hone_ladder *ladder = hone_plan_ladder(sweep->plan);
    uint64_t limit = sweep->spec->stop.trials > 0 ? sweep->spec->stop.trials : UINT64_MAX;
    uint64_t population = ladder != NULL ? hone_ladder_population(ladder) : UINT64_MAX;
    return population < limit ? population : limit;
}

int hone_resume_load(hone_sweep *sweep, uint32_t concurrency, hone_resume **out,
                     hone_error *err)
{
    hone_resume *resume = calloc(1, sizeof(*resume));
    if (resume == NULL)
        return hone_error_set(err, HONE_ENOMEM, "out of memory");
    resume->sweep = sweep;
    resume->err = err;
    hone_fifo_init(&resume->again, sizeof(uint64_t));
    hone_fifo_init(&resume->lost, sizeof(hone_attempt_end));
    hone_fifo_init(&resume->gone, sizeof(uint64_t));
    hone_recall_init(&resume->recall);
    int rc = hone_executor_leftovers(sweep->dir, on_ended, on_running, resume, err);
    if (rc == HONE_OK && resume->failed)
        rc = hone_error_set(err, HONE_ENOMEM, "out of memory");
    if (rc != HONE_OK)
        goto fail;
    if (resume->n > 0)
        qsort(resume->items, resume->n, sizeof(*resume->items), by_number);
    uint32_t n_left = resume->n;
    hone_reactor_options options = {
        .spec = sweep->spec,
        .objective_take = HONE_TAKE_LAST,
        .concurrency = concurrency,
        .n_slots = room_for(concurrency) + n_left,
        .planned = hone_plan_count(sweep->plan),
        .limit = limit_of(sweep),
        .adaptive = hone_plan_adaptive(sweep->plan),
        .retry_failed = sweep->options.retry_failed,
        .ladder = hone_plan_ladder(sweep->plan),
        .early = sweep->early.state != NULL ? &sweep->early : NULL,
        .devices = sweep->allotment.any ? &sweep->allotment.devices : NULL};
    const char *objective = sweep->spec->objective.name;
    if (objective != NULL)
        options.objective_take =
            hone_extractor_take(sweep->extractor, objective, strlen(objective));
    rc = hone_reactor_init(&sweep->reactor, &options);
    if (rc == HONE_OK)
        rc = load_trials(resume, err);
    if (rc != HONE_OK) {
        rc = hone_error_set(err, rc, "%s",
                            rc == HONE_ENOMEM ? "out of memory" : err->text);
        goto fail;
    }
    sweep->n_slots = options.n_slots;
    /* Numbers go on behind those of trials that are not wanted any more. */
    if (options.planned != UINT64_MAX)
        sweep->reactor.options.planned += resume->n_gone;
    *out = resume;
    return HONE_OK;

fail:
    hone_resume_free(resume);
    return rc;
}

void hone_resume_free(hone_resume *resume)
{
    if (resume == NULL)
        return;
    hone_fifo_release(&resume->again);
    hone_fifo_release(&resume->lost);
    hone_fifo_release(&resume->gone);
    hone_recall_release(&resume->recall);
    free(resume->ends);
    hone_replayer_release(&resume->replayer);
    free(resume->items);
    free(resume);
}

/* ---- taking over ---- */

/* An open attempt whose points are read again. */
typedef struct open_points {
    hone_sweep *sweep;
    hone_run *run;
    bool gone; /* its processes have ended */
} open_points;

static int on_point(void *arg, const hone_point *point)
{
    const open_points *open = arg;
    hone_run *run = open->run;
    if (hone_early_watches(&open->sweep->early, point->name))
        hone_loop_post(open->sweep, &(hone_event){.kind = HONE_EVENT_REPORT,
                                                  .report = {.number = run->number,
                                                             .step = point->step,
                                                             .value = point->value},
                                                  .gone = open->gone});
    hone_metric metric = {.name = point->name,
                          .name_len = (uint32_t)strlen(point->name),
                          .has_step = true,
                          .step = point->step,
                          .value = point->value};
    bool added = hone_tally_add(&run->tally, &metric) != NULL || run->tally.full;
    return added ? HONE_OK : HONE_ENOMEM;
}

int hone_resume_points(hone_sweep *sweep, hone_resume *resume, hone_error *err)
{
    int curves = hone_recall_read(&resume->recall, sweep, err);
    if (curves != HONE_OK)
        return curves;
    for (uint32_t i = 0; i < resume->n; i++) {
        const found *item = &resume->items[i];
        if (!item->open)
            continue;
        hone_run *run = hone_reactor_revive(&sweep->reactor, item->number, item->attempt);
        assert(run != NULL); /* n_slots counts every found attempt */
        if (item->running)
            hone_seats_claim(&sweep->reactor.seats, run->slot, item->leftover.placement);
        open_points open = {.sweep = sweep, .run = run, .gone = !item->running};
        int rc = hone_writer_load_points(sweep->writer, item->number, item->attempt,
                                         on_point, &open, err);
        if (rc != HONE_OK)
            return rc;
        hone_tally_recall(&run->tally);
    }
    return HONE_OK;
}

/* The start that the record lacks: without it the points, offsets and end of the attempt
 * would belong to nothing. */
static int record_start(hone_sweep *sweep, const hone_run *run, const hone_slot *slot,
                        const found *item, hone_error *err)
{
    hone_launch launch;
    hone_buf *args_json = &sweep->launcher.args_json_path;
    hone_buf_reset(args_json);
    const char *slot_dir = hone_perform_where(sweep, slot).slot_dir;
    if (slot_dir == NULL)
        return hone_error_set(err, HONE_ENOMEM, "out of memory");
    hone_buf_printf(args_json, "%s/args.json", slot_dir);
    int rc = hone_launcher_fill(&sweep->launcher, run, &launch);
    if (rc == HONE_ENOMEM)
        return hone_error_set(err, rc, "out of memory");
    if (rc != HONE_OK)
        return hone_error_set(err, rc, "an argument list or environment is too long");
    hone_time at = item->running ? item->leftover.started_at : item->exit.started_at;
    return hone_perform_put_start(sweep, slot, &launch, at) != 0
               ? HONE_OK
               : hone_error_set(err, HONE_ENOMEM, "out of memory");
}

/* What an open attempt's row says of its start. The process may be missing where the rest
 * is there: its number comes from the keeper, later. */
static int complete_start(hone_sweep *sweep, const hone_run *run, const hone_slot *slot,
                          const found *item, hone_error *err)
{
    int rc = item->unknown ? record_start(sweep, run, slot, item, err) : HONE_OK;
    if (rc != HONE_OK || !item->running)
        return rc;
    const hone_leftover *leftover = &item->leftover;
    return hone_writer_put_pid(sweep->writer, item->number, item->attempt, leftover->pid,
                               leftover->started_at) != 0
               ? HONE_OK
               : hone_error_set(err, HONE_ENOMEM, "out of memory");
}

static int take_over(hone_sweep *sweep, const found *item, hone_error *err)
{
    const hone_run *run = hone_reactor_run(&sweep->reactor, item->number);
    hone_slot *slot = &sweep->slots[run->slot];
    slot->number = item->number;
    slot->attempt = item->attempt;
    slot->repeat = hone_run_repeat(run);
    slot->folder = item->running ? item->leftover.slot : item->exit.slot;
    int rc = complete_start(sweep, run, slot, item, err);
    if (rc != HONE_OK)
        return rc;
    hone_tail_start where = hone_perform_where(sweep, slot);
    where.stdout_read = item->stdout_read;
    where.stderr_read = item->stderr_read;
    where.metrics_read = item->metrics_read;
    if (hone_tail_begin(&slot->tail, &where) != HONE_OK)
        return hone_error_set(err, HONE_ENOMEM, "out of memory");
    hone_tail_started(&slot->tail);
    if (!item->running) {
        hone_executor_events events = hone_loop_executor_events(sweep);
        events.ended(sweep, &item->exit);
        return HONE_OK;
    }
    return sweep->executor->adopt(sweep->executor_self, &item->leftover, err);
}

static void say_what_is_kept(hone_sweep *sweep, const hone_resume *resume)
{
    char line[300], new[32] = "any number";
    uint64_t count = hone_plan_count(sweep->plan), limit = sweep->spec->stop.trials;
    uint64_t known = resume->n_kept + resume->n_gone;
    if (!sweep->extended || sweep->options.observer.message == NULL)
        return;
    uint64_t left = count > resume->n_kept ? count - resume->n_kept : 0;
    if (limit > 0 && left > limit - (known < limit ? known : limit))
        left = limit - (known < limit ? known : limit);
    if (count != UINT64_MAX)
        snprintf(new, sizeof(new), "%" PRIu64, left);
    snprintf(line, sizeof(line),
             "the spec has changed: kept %" PRIu64
             ", new %s, no longer in the spec %" PRIu64,
             resume->n_kept, new, resume->n_gone);
    sweep->options.observer.message(sweep->options.observer.arg, line);
}

static void say_what_is_repeated(hone_sweep *sweep, const hone_resume *resume)
{
    char line[200];
    if (resume->n_extended == 0 || sweep->options.observer.message == NULL)
        return;
    snprintf(line, sizeof(line),
             "%" PRIu64 " completed %s repeated up to %" PRIu32 " times",
             resume->n_extended, resume->n_extended == 1 ? "trial is" : "trials are",
             sweep->spec->repeats.max);
    sweep->options.observer.message(sweep->options.observer.arg, line);
}

static void say_what_is_taken(hone_sweep *sweep, const hone_resume *resume)
{
    say_what_is_kept(sweep, resume);
    say_what_is_repeated(sweep, resume);
    const uint64_t *counts = sweep->reactor.counts;
    uint64_t known = 0;
    for (int i = 0; i < HONE_N_STATUSES; i++)
        known += counts[i];
    if (known == 0 || sweep->options.observer.message == NULL)
        return;
    char line[300], pruned[40] = "";
    if (counts[HONE_STATUS_PRUNED] > 0)
        snprintf(pruned, sizeof(pruned), ", %" PRIu64 " pruned",
                 counts[HONE_STATUS_PRUNED]);
    snprintf(line, sizeof(line),
             "going on with %s: %" PRIu64 " completed, %" PRIu64 " failed%s, %" PRIu32
             " still running, %" PRIu32 " ended meanwhile",
             sweep->name, counts[HONE_STATUS_COMPLETED], counts[HONE_STATUS_FAILED],
             pruned, resume->n_running, resume->n_ended);
    sweep->options.observer.message(sweep->options.observer.arg, line);
    if (resume->n_out == 0)
        return;
    snprintf(line, sizeof(line),
             "%" PRIu64 " of the running ones are with whoever asked for them, and are "
             "left alone; hone tell ends them",
             resume->n_out);
    sweep->options.observer.message(sweep->options.observer.arg, line);
}

int hone_resume_apply(hone_sweep *sweep, hone_resume *resume, hone_error *err)
{
    say_what_is_taken(sweep, resume);
    const uint64_t *number;
    while ((number = hone_fifo_front(&resume->again)) != NULL) {
        if (hone_writer_put_again(sweep->writer, *number, hone_loop_now()) == 0)
            return hone_error_set(err, HONE_ENOMEM, "out of memory");
        hone_fifo_pop(&resume->again);
    }
    while ((number = hone_fifo_front(&resume->gone)) != NULL) {
        if (hone_writer_put_withdraw(sweep->writer, *number) == 0)
            return hone_error_set(err, HONE_ENOMEM, "out of memory");
        hone_fifo_pop(&resume->gone);
    }
    const hone_attempt_end *lost;
    while ((lost = hone_fifo_front(&resume->lost)) != NULL) {
        if (hone_writer_put_end(sweep->writer, lost) == 0)
            return hone_error_set(err, HONE_ENOMEM, "out of memory");
        hone_fifo_pop(&resume->lost);
    }
    for (uint32_t i = 0; i < resume->n; i++) {
        int rc =
            resume->items[i].open ? take_over(sweep, &resume->items[i], err) : HONE_OK;
        if (rc != HONE_OK)
            return rc;
    }
    return HONE_OK;
}
