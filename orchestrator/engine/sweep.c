/* Opening, running and closing a sweep.
 *
 * Order of opening, and of closing in reverse: plan, extractor, launcher (nothing is
 * touched yet, so a spec that cannot run leaves no trace); writer, lock, record,
 * journals; executor, loop handles, writer's thread; what was left is taken over; the
 * reactor begins. */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "engine/control.h"
#include "engine/loop_memory.h"
#include "engine/sampler.h"
#include "engine/sweep_state.h"
#include "engine/warm_start.h"

/* ---- before anything is touched ---- */

static int refuse_unrunnable(const hone_spec *spec, hone_sweep_use use, hone_error *err)
{
    for (uint32_t i = 0; i < spec->diagnostics.n; i++) {
        const hone_diagnostic *found = &spec->diagnostics.items[i];
        if (found->severity == HONE_SEVERITY_WARNING ||
            (use == HONE_SWEEP_TO_RECORD && found->severity == HONE_SEVERITY_UNRUNNABLE))
            continue;
        int code =
            found->severity == HONE_SEVERITY_UNSUPPORTED ? HONE_EUNSUPPORTED : HONE_ESPEC;
        return hone_error_set(err, code, "%s:%d:%d: error: %s", spec->path, found->line,
                              found->column, found->text);
    }
    return HONE_OK;
}

static int compile_rules(hone_sweep *sweep, hone_error *err)
{
    const hone_spec *spec = sweep->spec;
    uint32_t bad = 0;
    size_t offset = 0;
    hone_error detail = {0};
    int rc = hone_extractor_new(spec->rules, spec->n_rules, &sweep->extractor, &bad,
                                &offset, &detail);
    if (rc == HONE_OK || rc == HONE_ENOMEM || bad >= spec->n_rules)
        return rc == HONE_OK ? rc : hone_error_set(err, rc, "%s", detail.text);
    return hone_error_set(err, HONE_ESPEC, "%s:%d:%d: error: %s", spec->path,
                          spec->rules[bad].line, spec->rules[bad].column, detail.text);
}

/* 0: nobody has said. */
static uint32_t wanted_concurrency(const hone_sweep *sweep)
{
    return sweep->options.concurrency > 0 ? sweep->options.concurrency
                                          : sweep->spec->concurrency;
}

static int check_workdir(const hone_spec *spec, hone_error *err)
{
    struct stat st;
    const char *dir = spec->workdir;
    if (dir == NULL || strcmp(dir, "trial") == 0 ||
        (stat(dir, &st) == 0 && S_ISDIR(st.st_mode)))
        return HONE_OK;
    return hone_error_set(err, HONE_ESPEC, "%s: error: workdir is %s, which is no folder",
                          spec->path, dir);
}

static int prepare(hone_sweep *sweep, hone_sweep_use use, hone_error *err)
{
    int rc = refuse_unrunnable(sweep->spec, use, err);
    if (rc == HONE_OK && use == HONE_SWEEP_TO_RUN)
        rc = check_workdir(sweep->spec, err);
    if (rc == HONE_OK)
        rc = hone_plan_make(sweep->spec, &sweep->plan, err);
    if (rc == HONE_OK)
        rc = compile_rules(sweep, err);
    sweep->allotment.concurrency = 1;
    if (rc != HONE_OK || use == HONE_SWEEP_TO_RECORD)
        return rc;
    rc = hone_launcher_init(&sweep->launcher, sweep->spec, err);
    if (rc == HONE_OK)
        rc = hone_allot(&sweep->allotment, sweep->spec, wanted_concurrency(sweep), err);
    if (sweep->allotment.any)
        sweep->launcher.devices = &sweep->allotment.devices;
    return rc;
}

/* ---- the record ---- */

static int make_uid(char uid[static 9], hone_error *err)
{
    unsigned char random[8];
    if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
        return hone_error_set(err, HONE_EIO, "no random bytes: %s", strerror(errno));
    for (int i = 0; i < 8; i++)
        uid[i] = "0123456789abcdefghijklmnopqrstuvwxyz"[random[i] % 36];
    uid[8] = '\0';
    return HONE_OK;
}

/* With --new: the first of NAME, NAME-2, NAME-3 ... that the store does not have. */
static int choose_fresh_name(hone_sweep *sweep, const char *store, hone_error *err)
{
    hone_store *reader = NULL;
    hone_error ignored = {0};
    if (hone_store_open(store, &reader, &ignored) != HONE_OK)
        return HONE_OK;                  /* no store yet: every name is fresh */
    char stem[sizeof(sweep->name) - 23]; /* open_record has checked that it fits */
    memcpy(stem, sweep->name, strlen(sweep->name) + 1);
    const hone_sweep_info *info;
    for (uint32_t i = 2;
         hone_store_sweep(reader, sweep->name, &info, &ignored) == HONE_OK; i++)
        snprintf(sweep->name, sizeof(sweep->name), "%s-%" PRIu32, stem, i);
    hone_store_close(reader);
    return ignored.code == HONE_ENOTFOUND
               ? HONE_OK
               : hone_error_set(err, ignored.code, "%s", ignored.text);
}

static int make_dir(hone_sweep *sweep, const char *store, hone_error *err)
{
    char *absolute = realpath(store, NULL);
    if (absolute == NULL)
        return hone_error_set(err, HONE_ESTORE, "%s: %s", store, strerror(errno));
    int rc = HONE_OK;
    if (asprintf(&sweep->dir, "%s/sweeps/%s", absolute, sweep->uid) < 0) {
        sweep->dir = NULL;
        rc = hone_error_set(err, HONE_ENOMEM, "out of memory");
    } else if (mkdir(sweep->dir, 0777) != 0 && errno != EEXIST) {
        rc = hone_error_set(err, HONE_ESTORE, "%s: %s", sweep->dir, strerror(errno));
    }
    free(absolute);
    return rc;
}

/* Whether the sweep was recorded with another space. A recorded spec that cannot be read
 * any more counts as another. */
static bool has_other_space(hone_sweep *sweep, const char *store)
{
    hone_store *reader = NULL;
    hone_error ignored = {0};
    const hone_sweep_info *info = NULL;
    bool other = false;
    if (hone_store_open(store, &reader, &ignored) != HONE_OK)
        return false;
    if (hone_store_sweep(reader, sweep->name, &info, &ignored) == HONE_OK) {
        hone_spec *old = NULL;
        int rc = hone_spec_read(info->spec_path, info->spec, strlen(info->spec), &old,
                                &ignored);
        other =
            rc != HONE_OK || strcmp(old->space_digest, sweep->spec->space_digest) != 0;
        hone_spec_free(old);
    }
    hone_store_close(reader);
    return other;
}

static int open_record(hone_sweep *sweep, hone_error *err)
{
    const hone_spec *spec = sweep->spec;
    const char *store = sweep->options.store != NULL ? sweep->options.store : ".hone";
    const char *name = sweep->options.name != NULL ? sweep->options.name : spec->name;
    if (name[0] == '\0')
        return hone_error_set(err, HONE_EUSAGE, "the name of the sweep is empty");
    if (strlen(name) >= sizeof(sweep->name) - 23)
        return hone_error_set(err, HONE_EUSAGE,
                              "the name of the sweep has %zu bytes; the limit is %zu",
                              strlen(name), sizeof(sweep->name) - 24);
    snprintf(sweep->name, sizeof(sweep->name), "%s", name);
    int rc = make_uid(sweep->uid, err);
    if (rc == HONE_OK && sweep->options.fresh)
        rc = choose_fresh_name(sweep, store, err);
    sweep->extended = rc == HONE_OK && has_other_space(sweep, store);
    if (rc == HONE_OK)
        rc = hone_warm_begin(sweep, store, err);
    if (rc == HONE_OK)
        rc = hone_writer_open(store, &sweep->writer, err);
    if (rc != HONE_OK)
        return rc;
    hone_sweep_row row = {.name = sweep->name,
                          .uid = sweep->uid,
                          .spec = spec,
                          .planned = hone_plan_count(sweep->plan),
                          .seed = spec->seed,
                          .now = hone_loop_now(),
                          .force = sweep->options.force};
    bool created = false;
    const hone_sweep_info *info = NULL;
    rc = hone_writer_sweep(sweep->writer, &row, &created, &info, err);
    if (rc != HONE_OK)
        return rc;
    snprintf(sweep->uid, sizeof(sweep->uid), "%s", info->uid);
    sweep->id = info->id;
    sweep->recorded = info->state;
    rc = hone_writer_lock(sweep->writer, sweep->uid, err);
    return rc == HONE_OK ? make_dir(sweep, store, err) : rc;
}

/* ---- slots and executor ---- */

static int open_slots(hone_sweep *sweep, hone_error *err)
{
    sweep->slots = calloc(sweep->n_slots, sizeof(*sweep->slots));
    sweep->reader.block = malloc(HONE_TAIL_BLOCK);
    if (sweep->slots == NULL || sweep->reader.block == NULL)
        return hone_error_set(err, HONE_ENOMEM, "out of memory");
    for (uint32_t i = 0; i < sweep->n_slots; i++)
        hone_tail_init(&sweep->slots[i].tail, sweep->extractor, sweep->spec->rules,
                       sweep->spec->n_rules);
    sweep->launcher.sweep = sweep->name;
    sweep->launcher.uid = sweep->uid;
    sweep->launcher.dir = sweep->dir;
    return HONE_OK;
}

static int open_executor(hone_sweep *sweep, hone_error *err)
{
    hone_executor_options options = {.dir = sweep->dir,
                                     .n_slots = sweep->n_slots,
                                     .keeper = sweep->options.keeper,
                                     .on_exit = sweep->options.on_exit};
    hone_executor_events events = hone_loop_executor_events(sweep);
    sweep->executor = hone_executor_find("local");
    assert(sweep->executor != NULL);
    return sweep->executor->open(&sweep->executor_self, sweep->loop, &options, &events,
                                 err);
}

/* What happens between the record and the first start. */
static int start_all(hone_sweep *sweep, hone_resume *resume, hone_error *err)
{
    int rc = hone_resume_points(sweep, resume, err);
    if (rc == HONE_OK)
        rc = open_slots(sweep, err);
    if (rc == HONE_OK)
        rc = open_executor(sweep, err);
    if (rc == HONE_OK)
        rc = hone_loop_open(sweep, err);
    if (rc == HONE_OK)
        rc = hone_control_open(sweep, err);
    if (rc == HONE_OK)
        rc = hone_beat_begin(sweep, err);
    if (rc == HONE_OK)
        rc = hone_sampler_open(sweep, err);
    if (rc != HONE_OK)
        return rc;
    hone_writer_events events = hone_loop_store_events(sweep);
    rc = hone_writer_start(sweep->writer, &events, err);
    if (rc == HONE_OK)
        rc = hone_resume_apply(sweep, resume, err);
    return rc;
}

void hone_sweep_release(hone_sweep *sweep)
{
    for (uint32_t i = 0; sweep->slots != NULL && i < sweep->n_slots; i++)
        hone_tail_release(&sweep->slots[i].tail);
    free(sweep->slots);
    free(sweep->reader.block);
    hone_control_free(sweep);
    hone_beat_release(sweep);
    hone_external_free(sweep->external);
    hone_writer_close(sweep->writer);
    hone_reactor_release(&sweep->reactor);
    hone_early_release(&sweep->early);
    hone_allotment_release(&sweep->allotment);
    hone_actions_release(&sweep->actions);
    hone_fifo_release(&sweep->events);
    hone_fifo_release(&sweep->dues);
    hone_fifo_release(&sweep->delays);
    hone_buf_release(&sweep->best_params);
    hone_buf_release(&sweep->slot_dir);
    hone_launcher_release(&sweep->launcher);
    hone_extractor_free(sweep->extractor);
    hone_plan_free(sweep->plan);
    free(sweep->dir);
    free(sweep);
}

int hone_sweep_load(hone_sweep **out, const hone_sweep_options *options,
                    const hone_spec *spec, hone_sweep_use use, hone_resume **resume,
                    hone_error *err)
{
    hone_sweep *sweep = calloc(1, sizeof(*sweep));
    if (sweep == NULL)
        return hone_error_set(err, HONE_ENOMEM, "out of memory");
    sweep->spec = spec;
    sweep->options = *options;
    sweep->began_mono = uv_hrtime();
    hone_fifo_init(&sweep->events, sizeof(hone_event));
    hone_fifo_init(&sweep->dues, sizeof(hone_due));
    hone_fifo_init(&sweep->delays, sizeof(hone_delay));
    hone_buf_init(&sweep->best_params, 4000);
    hone_buf_init(&sweep->slot_dir, 4096);
    int rc = prepare(sweep, use, err);
    if (rc == HONE_OK)
        rc = open_record(sweep, err);
    if (rc == HONE_OK)
        rc = hone_early_init(&sweep->early, &spec->early_stop, err);
    sweep->early.ladder = spec->fidelity.by_step;
    if (rc == HONE_OK)
        rc = hone_resume_load(sweep, sweep->allotment.concurrency, resume, err);
    if (rc == HONE_OK)
        *out = sweep;
    else
        hone_sweep_release(sweep);
    return rc;
}

int hone_sweep_open(hone_sweep **out, struct uv_loop_s *loop, const hone_spec *spec,
                    const hone_sweep_options *options, hone_error *err)
{
    hone_sweep *sweep = NULL;
    hone_resume *resume = NULL;
    int rc = hone_sweep_load(&sweep, options, spec, HONE_SWEEP_TO_RUN, &resume, err);
    if (rc != HONE_OK)
        return rc;
    sweep->loop = loop;
    rc = start_all(sweep, resume, err);
    if (rc != HONE_OK)
        goto fail_start;
    hone_resume_free(resume);
    if (sweep->allotment.note[0] != '\0' && options->observer.message != NULL)
        options->observer.message(options->observer.arg, sweep->allotment.note);
    hone_loop_begin(sweep);
    *out = sweep;
    return HONE_OK;

fail_start:
    /* Handles may be open: they are closed by the loop, which has to turn for it. */
    if (!sweep->finished) {
        hone_writer_close(sweep->writer);
        sweep->writer = NULL;
        if (sweep->executor_self != NULL)
            sweep->executor->close(sweep->executor_self, NULL, NULL);
        hone_loop_close(sweep);
    }
    uv_run(loop, UV_RUN_DEFAULT);
    hone_resume_free(resume);
    hone_sweep_release(sweep);
    return rc;
}

static void fill_outcome(const hone_sweep *sweep, hone_sweep_outcome *outcome)
{
    const hone_reactor *reactor = &sweep->reactor;
    *outcome = (hone_sweep_outcome){.signal = sweep->signal};
    memcpy(outcome->counts, reactor->counts, sizeof(outcome->counts));
    outcome->complete =
        sweep->failure == HONE_OK &&
        (reactor->verdict == HONE_STOP_DONE || (!reactor->halted && reactor->exhausted));
    snprintf(outcome->name, sizeof(outcome->name), "%s", sweep->name);
    if (!outcome->complete)
        snprintf(outcome->reason, sizeof(outcome->reason), "%s", reactor->why);
}

int hone_sweep_close(hone_sweep *sweep, hone_sweep_outcome *outcome, hone_error *err)
{
    fill_outcome(sweep, outcome);
    int rc = sweep->failure;
    if (rc != HONE_OK)
        rc = hone_error_set(err, rc, "%s", sweep->failure_detail.text);
    hone_sweep_release(sweep);
    return rc;
}

int hone_sweep_run(const hone_spec *spec, const hone_sweep_options *options,
                   hone_sweep_outcome *outcome, hone_error *err)
{
    uv_loop_t loop;
    int rc = hone_loop_memory_take(err);
    if (rc != HONE_OK)
        return rc;
    rc = uv_loop_init(&loop);
    if (rc != 0) {
        hone_loop_memory_release();
        return hone_error_set(err, HONE_EIO, "the event loop cannot start: %s",
                              uv_strerror(rc));
    }
    if (options->handle_signals) {
        /* A reader that goes away and a file-size limit are errors of a write, no death.
         */
        signal(SIGPIPE, SIG_IGN);
        signal(SIGXFSZ, SIG_IGN);
    }
    hone_sweep *sweep = NULL;
    rc = hone_sweep_open(&sweep, &loop, spec, options, err);
    if (rc == HONE_OK) {
        uv_run(&loop, UV_RUN_DEFAULT);
        rc = hone_sweep_close(sweep, outcome, err);
    }
    int closed = uv_loop_close(&loop);
    assert(closed == 0);
    (void)closed;
    hone_loop_memory_release();
    return rc;
}
