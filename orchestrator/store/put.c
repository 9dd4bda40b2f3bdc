/* Puts: each packs its record into the writer's scratch buffer and hands it to the queue.
 * They run on the loop's thread, format nothing and know no SQL. */
#include <assert.h>
#include <string.h>

#include "store/writer.h"
#include "store/writer_state.h"

#include "base/banned.h"

/* ---- packing ---- */

static void *begin_record(hone_buf *out, void *record, size_t size, hone_record_kind kind)
{
    hone_buf_reset(out);
    ((hone_record *)record)->kind = (uint16_t)kind;
    hone_buf_add(out, record, size);
    return record;
}

static void add_text(hone_buf *out, const char *text, size_t len)
{
    uint32_t size = text != NULL ? (uint32_t)len : UINT32_MAX;
    hone_buf_add(out, &size, sizeof size);
    if (text != NULL) {
        hone_buf_add(out, text, len);
        hone_buf_putc(out, '\0');
    }
}

static void add_string(hone_buf *out, const char *text)
{
    add_text(out, text, text != NULL ? strlen(text) : 0);
}

/* Pads the record, writes its size into its head and queues it. */
static uint64_t queue_record(hone_writer *writer)
{
    hone_buf *out = &writer->scratch;
    while (out->len % 8 != 0 && hone_buf_status(out) == HONE_OK)
        hone_buf_putc(out, '\0');
    if (hone_buf_status(out) != HONE_OK) {
        hone_buf_release(out);
        return 0;
    }
    uint32_t size = (uint32_t)out->len;
    memcpy(out->data + offsetof(hone_record, size), &size, sizeof size);
    return hone_writer_queue(writer, out->data);
}

void hone_record_take(hone_record_reader *reader, void *out, size_t size)
{
    assert((size_t)(reader->end - reader->at) >= size);
    memcpy(out, reader->at, size);
    reader->at += size;
}

const char *hone_record_text(hone_record_reader *reader, size_t *len)
{
    uint32_t size;
    hone_record_take(reader, &size, sizeof size);
    *len = 0;
    if (size == UINT32_MAX)
        return NULL;
    assert((size_t)(reader->end - reader->at) > size);
    const char *text = (const char *)reader->at;
    reader->at += (size_t)size + 1;
    *len = size;
    return text;
}

/* ---- trials ---- */

static int add_setting(hone_writer *writer, uint32_t param, const hone_value *value)
{
    hone_record_setting setting = {.param = param, .kind = value->kind};
    int rc = hone_cell_write(&setting.cell, value, &writer->json, &writer->odd);
    if (rc != HONE_OK) {
        hone_buf_release(&writer->json); /* forgets the failure */
        hone_buf_release(&writer->odd);
        return rc;
    }
    const char *text = setting.cell.type == HONE_CELL_TEXT ? setting.cell.text : NULL;
    const char *spelling = setting.cell.spelling;
    hone_buf_add(&writer->scratch, &setting, sizeof setting);
    add_text(&writer->scratch, text, setting.cell.text_len);
    add_string(&writer->scratch, spelling);
    return HONE_OK;
}

void hone_identity_write(unsigned char bytes[static 16], hone_identity identity)
{
    for (int i = 0; i < 8; i++) {
        bytes[i] = (unsigned char)(identity.high >> (56 - 8 * i));
        bytes[8 + i] = (unsigned char)(identity.low >> (56 - 8 * i));
    }
}

uint64_t hone_writer_put_trial(hone_writer *writer, const hone_trial_row *row)
{
    const hone_config *config = row->config;
    const hone_budget *budget = &row->budget;
    assert(writer->recorder.sweep != 0 && row->space->n == writer->n_params);
    hone_record_trial record = {
        .number = row->number, .seed = row->seed, .now = row->now, .parent = row->parent};
    hone_identity_write(record.identity, hone_config_identity(row->space, config));
    for (uint32_t i = 0; i < config->n; i++)
        record.n_settings += config->values[i].kind != HONE_ABSENT;
    begin_record(&writer->scratch, &record, sizeof record, HONE_RECORD_TRIAL);
    for (uint32_t i = 0; i < config->n; i++) {
        bool own = budget->there && budget->param == i;
        if (config->values[i].kind != HONE_ABSENT &&
            add_setting(writer, i, own ? &budget->value : &config->values[i]) != HONE_OK)
            return 0;
    }
    return queue_record(writer);
}

uint64_t hone_writer_put_promotion(hone_writer *writer, uint64_t number,
                                   const hone_budget *budget, hone_time now)
{
    assert(!budget->there || budget->param < writer->n_params);
    hone_record_promotion record = {
        .number = number, .now = now, .n_settings = budget->there};
    begin_record(&writer->scratch, &record, sizeof record, HONE_RECORD_PROMOTION);
    if (budget->there && add_setting(writer, budget->param, &budget->value) != HONE_OK)
        return 0;
    return queue_record(writer);
}

uint64_t hone_writer_put_withdraw(hone_writer *writer, uint64_t number)
{
    hone_record_withdraw record = {.number = number};
    begin_record(&writer->scratch, &record, sizeof record, HONE_RECORD_WITHDRAW);
    return queue_record(writer);
}

uint64_t hone_writer_put_again(hone_writer *writer, uint64_t number, hone_time now)
{
    hone_record_again record = {.number = number, .now = now};
    begin_record(&writer->scratch, &record, sizeof record, HONE_RECORD_AGAIN);
    return queue_record(writer);
}

uint64_t hone_writer_put_state(hone_writer *writer, hone_sweep_state state,
                               const char *reason, hone_time now)
{
    (void)now; /* when it happened is said by the trials' times */
    hone_record_state record = {.state = state};
    begin_record(&writer->scratch, &record, sizeof record, HONE_RECORD_STATE);
    add_string(&writer->scratch, reason);
    return queue_record(writer);
}

/* ---- attempts ---- */

/* Bytes of `n` strings, each with its NUL. */
static size_t strings_size(const char *strings, uint32_t n)
{
    const char *end = strings;
    for (uint32_t i = 0; i < n; i++)
        end += strlen(end) + 1;
    return (size_t)(end - strings);
}

static void add_strings(hone_buf *out, const char *strings, uint32_t n)
{
    add_text(out, n > 0 ? strings : "", n > 0 ? strings_size(strings, n) : 0);
}

uint64_t hone_writer_put_start(hone_writer *writer, const hone_attempt_start *start)
{
    assert(start->attempt > 0 && start->repeat > 0);
    hone_record_start record = {.number = start->number,
                                .at = start->at,
                                .attempt = start->attempt,
                                .repeat = start->repeat,
                                .slot = start->slot,
                                .n_args = start->n_args,
                                .n_env = start->n_env};
    begin_record(&writer->scratch, &record, sizeof record, HONE_RECORD_START);
    add_strings(&writer->scratch, start->args, start->n_args);
    add_strings(&writer->scratch, start->env, start->n_env);
    add_string(&writer->scratch, start->workdir);
    return queue_record(writer);
}

uint64_t hone_writer_put_pid(hone_writer *writer, uint64_t number, uint32_t attempt,
                             int64_t pid, hone_time at)
{
    hone_record_pid record = {.number = number, .at = at, .pid = pid, .attempt = attempt};
    begin_record(&writer->scratch, &record, sizeof record, HONE_RECORD_PID);
    return queue_record(writer);
}

static int32_t stream_of(hone_source source)
{
    switch (source) {
    case HONE_FROM_STDOUT:
        return HONE_OFFSET_STDOUT;
    case HONE_FROM_STDERR:
        return HONE_OFFSET_STDERR;
    case HONE_FROM_METRICS_FILE:
        return HONE_OFFSET_METRICS;
    case HONE_FROM_BOTH:
    case HONE_FROM_FILE:
        break;
    }
    return -1;
}

uint64_t hone_writer_put_metric(hone_writer *writer, uint64_t number, uint32_t attempt,
                                const hone_metric *metric, double step,
                                hone_source source, hone_time at)
{
    hone_record_metric record = {.number = number,
                                 .at = at,
                                 .offset = metric->end,
                                 .step = step,
                                 .value = metric->value,
                                 .attempt = attempt,
                                 .stream = stream_of(source)};
    begin_record(&writer->scratch, &record, sizeof record, HONE_RECORD_METRIC);
    add_text(&writer->scratch, metric->name, metric->name_len);
    return queue_record(writer);
}

uint64_t hone_writer_put_wish(hone_writer *writer, uint64_t number, uint32_t attempt,
                              hone_wish wish)
{
    assert(attempt > 0 && wish != HONE_WISH_NONE);
    hone_record_wish record = {.number = number, .attempt = attempt, .wish = wish};
    begin_record(&writer->scratch, &record, sizeof record, HONE_RECORD_WISH);
    return queue_record(writer);
}

uint64_t hone_writer_put_end(hone_writer *writer, const hone_attempt_end *end)
{
    hone_record_end record = {.number = end->number,
                              .started_at = end->started_at,
                              .at = end->at,
                              .pid = end->pid,
                              .max_rss = end->max_rss,
                              .duration = end->duration_s,
                              .cpu_time = end->cpu_time_s,
                              .objective = end->objective,
                              .score = end->score,
                              .budget = end->budget,
                              .stdout_start = end->stdout_start,
                              .stdout_end = end->stdout_end,
                              .stderr_start = end->stderr_start,
                              .stderr_end = end->stderr_end,
                              .own_stdout = end->own_stdout,
                              .own_stderr = end->own_stderr,
                              .exit_code = end->exit_code,
                              .signal = end->signal,
                              .attempt = end->attempt,
                              .status = end->status,
                              .reason = end->reason,
                              .n_metrics = end->n_metrics,
                              .has_exit_code = end->has_exit_code,
                              .has_objective = end->has_objective,
                              .scored = end->scored};
    begin_record(&writer->scratch, &record, sizeof record, HONE_RECORD_END);
    add_string(&writer->scratch, end->detail);
    for (uint32_t i = 0; i < end->n_metrics; i++) {
        hone_record_result result = {.value = end->metrics[i].value,
                                     .n = end->metrics[i].n};
        hone_buf_add(&writer->scratch, &result, sizeof result);
        add_string(&writer->scratch, end->metrics[i].name);
    }
    return queue_record(writer);
}
