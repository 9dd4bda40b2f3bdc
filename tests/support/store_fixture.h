/* A store in a folder of its own, and a small sweep to fill it with. For test programs.
 */
#ifndef HONE_TESTS_STORE_FIXTURE_H
#define HONE_TESTS_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <hone/store.h>

#include "store/writer.h"

enum { FIXTURE_PARAMS = 3 };

/* model, optimizer.lr (nested), depth. */
static const char *const fixture_path_model[] = {"model"};
static const char *const fixture_path_lr[] = {"optimizer", "lr"};
static const char *const fixture_path_depth[] = {"d\xc3\xa9pth"};

static const hone_param fixture_params[FIXTURE_PARAMS] = {
    {.name = "model",
     .path = fixture_path_model,
     .depth = 1,
     .distribution = HONE_CATEGORICAL},
    {.name = "optimizer.lr",
     .path = fixture_path_lr,
     .depth = 2,
     .distribution = HONE_UNIFORM},
    {.name = "d\xc3\xa9pth",
     .path = fixture_path_depth,
     .depth = 1,
     .distribution = HONE_INT_UNIFORM},
};
static const hone_space fixture_space = {.n = FIXTURE_PARAMS, .params = fixture_params};

static inline hone_spec fixture_spec(void)
{
    hone_spec spec = {.name = "toy",
                      .path = "sweep.yaml",
                      .source = "method: random\n",
                      .source_len = 15,
                      .method = "random",
                      .objective = {.name = "loss"},
                      .space = &fixture_space,
                      .digest = "0123456789abcdef0123456789abcdef"};
    return spec;
}

static inline hone_config *fixture_config(hone_value model, hone_value lr,
                                          hone_value depth)
{
    hone_config *config = calloc(1, hone_config_size(&fixture_space));
    assert_non_null(config);
    config->n = FIXTURE_PARAMS;
    config->values[0] = model;
    config->values[1] = lr;
    config->values[2] = depth;
    return config;
}

/* A fresh folder; the store goes into its `.hone`. Freed and removed by fixture_remove.
 */
static inline char *fixture_dir(void)
{
    char name[] = "/tmp/hone-test-XXXXXX";
    assert_non_null(mkdtemp(name));
    char *dir = malloc(sizeof name + 8);
    assert_non_null(dir);
    snprintf(dir, sizeof name + 8, "%s/.hone", name);
    return dir;
}

static inline void fixture_remove(char *dir)
{
    char command[128];
    *strrchr(dir, '/') = '\0';
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    assert_int_equal(system(command), 0);
    free(dir);
}

static inline hone_writer *fixture_open(const char *dir, const hone_spec *spec)
{
    hone_writer *writer = NULL;
    hone_error err = {0};
    bool created = false;
    const hone_sweep_info *info = NULL;
    if (hone_writer_open(dir, &writer, &err) != HONE_OK)
        fail_msg("open: %s", err.text);
    hone_sweep_row row = {.name = spec->name,
                          .uid = "abcd1234",
                          .spec = spec,
                          .planned = UINT64_MAX,
                          .seed = UINT64_MAX - 1,
                          .now = 1000000};
    if (hone_writer_sweep(writer, &row, &created, &info, &err) != HONE_OK)
        fail_msg("sweep: %s", err.text);
    if (hone_writer_lock(writer, info->uid, &err) != HONE_OK)
        fail_msg("lock: %s", err.text);
    return writer;
}

static inline void fixture_start(hone_writer *writer, hone_writer_events events)
{
    hone_error err = {0};
    if (hone_writer_start(writer, &events, &err) != HONE_OK)
        fail_msg("start: %s", err.text);
}

static inline void fixture_flush(hone_writer *writer)
{
    hone_error err = {0};
    if (hone_writer_flush(writer, &err) != HONE_OK)
        fail_msg("flush: %s", err.text);
}

static inline uint64_t fixture_put_trial(hone_writer *writer, uint64_t number, double lr)
{
    hone_config *config = fixture_config(hone_value_text("tree"), hone_value_real(lr),
                                         hone_value_int((int64_t)number));
    const hone_trial_row row = {.number = number,
                                .space = &fixture_space,
                                .config = config,
                                .seed = number * 7,
                                .now = (hone_time)number * 1000000};
    uint64_t ticket = hone_writer_put_trial(writer, &row);
    free(config);
    return ticket;
}

static inline uint64_t fixture_put_start(hone_writer *writer, uint64_t number,
                                         uint32_t attempt)
{
    static const char args[] = "python\0train.py\0--lr=0.1 \"x\"\0";
    static const char env[] = "HONE_TRIAL=1\0PATH\0";
    hone_attempt_start start = {.number = number,
                                .repeat = 1,
                                .attempt = attempt,
                                .slot = 1,
                                .at = 2000000,
                                .args = args,
                                .n_args = 3,
                                .env = env,
                                .n_env = 2,
                                .workdir = "/tmp"};
    return hone_writer_put_start(writer, &start);
}

static inline uint64_t fixture_put_metric(hone_writer *writer, uint64_t number,
                                          const char *name, double step, double value)
{
    hone_metric metric = {.name = name,
                          .name_len = (uint32_t)strlen(name),
                          .has_step = true,
                          .step = step,
                          .value = value,
                          .end = 100 + (uint64_t)(step * 10)};
    return hone_writer_put_metric(writer, number, 1, &metric, step, HONE_FROM_STDOUT,
                                  3000000);
}

static inline uint64_t fixture_put_end(hone_writer *writer, uint64_t number,
                                       uint32_t attempt, hone_status status,
                                       double objective)
{
    hone_metric_value metrics[] = {{.name = "loss", .value = objective, .n = 2},
                                   {.name = "acc", .value = 0.5, .n = 1}};
    hone_attempt_end end = {.number = number,
                            .attempt = attempt,
                            .status = status,
                            .reason = status == HONE_STATUS_FAILED ? HONE_REASON_EXIT
                                                                   : HONE_REASON_NONE,
                            .started_at = 2500000,
                            .at = 4000000,
                            .has_exit_code = true,
                            .exit_code = status == HONE_STATUS_FAILED ? 3 : 0,
                            .pid = 4242,
                            .duration_s = 1.5,
                            .cpu_time_s = 0.25,
                            .max_rss = 1 << 20,
                            .stdout_start = 10,
                            .stdout_end = 200,
                            .stderr_start = 20,
                            .stderr_end = 20,
                            .has_objective = status == HONE_STATUS_COMPLETED,
                            .objective = objective,
                            .n_metrics = 2,
                            .metrics = metrics};
    return hone_writer_put_end(writer, &end);
}

/* A trial that ran once and completed. */
static inline void fixture_run_trial(hone_writer *writer, uint64_t number,
                                     double objective)
{
    assert_true(fixture_put_trial(writer, number, 0.1) > 0);
    assert_true(fixture_put_start(writer, number, 1) > 0);
    assert_true(hone_writer_put_pid(writer, number, 1, 4242, 2500000) > 0);
    assert_true(fixture_put_end(writer, number, 1, HONE_STATUS_COMPLETED, objective) > 0);
}

static inline hone_store *fixture_read(const char *dir)
{
    hone_store *store = NULL;
    hone_error err = {0};
    if (hone_store_open(dir, &store, &err) != HONE_OK)
        fail_msg("read: %s", err.text);
    return store;
}

#endif
