/* hone metrics: what a spec's rules find in a log, what they miss, and what would match.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hone/export.h>

#include "cli/argv.h"
#include "cli/command.h"
#include "cli/exit.h"
#include "cli/found.h"
#include "cli/out.h"
#include "cli/render.h"
#include "cli/spec_file.h"
#include "cli/term.h"

enum { BLOCK = 64 * 1024, MAX_TEXT = 64 * 1024 * 1024 };

struct job {
    const hone_spec *spec;
    hone_rule *rules; /* owned: the spec's, each looking at the log whatever its source */
    hone_extractor *extractor;
    struct findings findings;
    char partial[HONE_LINE_MAX]; /* the line that the last block left unfinished */
    size_t partial_len;
    hone_error err;
};

/* What must be found: the objective, and each rule's metric. */
static int want_metrics(struct job *job)
{
    const hone_spec *spec = job->spec;
    struct findings *findings = &job->findings;
    findings->wanted = calloc(spec->n_rules + 1u, sizeof *findings->wanted);
    job->rules = calloc(spec->n_rules + 1u, sizeof *job->rules);
    if (findings->wanted == NULL || job->rules == NULL) {
        return HONE_ENOMEM;
    }
    if (spec->objective.name != NULL) {
        findings->wanted[findings->n_wanted++] =
            (struct wanted){.name = spec->objective.name, .objective = true};
    }
    for (uint32_t i = 0; i < spec->n_rules; i++) {
        const hone_rule *rule = &spec->rules[i];
        bool known = false;
        job->rules[i] = *rule;
        job->rules[i].from = HONE_FROM_BOTH;
        for (uint32_t j = 0; j < findings->n_wanted; j++) {
            known = known || strcmp(findings->wanted[j].name, rule->metric) == 0;
        }
        if (!known) {
            findings->wanted[findings->n_wanted++] =
                (struct wanted){.name = rule->metric};
        }
    }
    return hone_extractor_new(job->rules, spec->n_rules, &job->extractor, NULL, NULL,
                              &job->err);
}

static void keep_partial(struct job *job, const char *bytes, size_t len)
{
    size_t room = sizeof job->partial - job->partial_len;
    size_t n = len < room ? len : room;
    memcpy(job->partial + job->partial_len, bytes, n);
    job->partial_len += n;
}

/* Lines of a block, for the search of the nearest. */
static void look_at_lines(struct job *job, const char *block, size_t len)
{
    size_t start = 0;
    for (size_t i = 0; i < len; i++) {
        if (block[i] != '\n' && block[i] != '\r') {
            continue;
        }
        if (job->partial_len > 0) {
            keep_partial(job, block + start, i - start);
            hone_found_line(&job->findings, job->partial, job->partial_len);
            job->partial_len = 0;
        } else if (i > start) {
            hone_found_line(&job->findings, block + start, i - start);
        }
        start = i + 1;
    }
    keep_partial(job, block + start, len - start);
}

static int read_log(struct job *job, FILE *file, const char *name)
{
    char block[BLOCK];
    hone_stream stream;
    size_t got;
    int rc = HONE_OK;
    hone_stream_init(&stream, job->extractor, HONE_FROM_STDOUT, NULL, 0);
    while (rc == HONE_OK && (got = fread(block, 1, sizeof block, file)) > 0) {
        rc = hone_stream_feed(&stream, block, got, hone_found_metric, &job->findings);
        hone_found_mark(&job->findings);
        look_at_lines(job, block, got);
    }
    if (rc == HONE_OK && ferror(file)) {
        rc = hone_error_set(&job->err, HONE_EIO, "%s: %s", name, strerror(errno));
    }
    if (rc == HONE_OK) {
        rc = hone_stream_flush(&stream, hone_found_metric, &job->findings);
        hone_found_line(&job->findings, job->partial, job->partial_len);
    }
    hone_stream_release(&stream);
    return rc != HONE_OK ? rc : job->findings.failed;
}

static void put_real(struct table *table, double real)
{
    hone_buf text;
    hone_buf_init(&text, HONE_REAL_TEXT);
    hone_render_real(&text, real);
    hone_table_cell(table, hone_buf_text(&text));
    hone_buf_release(&text);
}

static void print_table(const struct findings *findings, struct out *out)
{
    static const char *const titles[] = {"count", "first", "last", "min", "max", "steps"};
    struct table table;
    struct term term;
    char text[100];
    hone_term_inspect(&term, stdout);
    hone_table_init(&table);
    hone_table_column(&table, "metric", ALIGN_LEFT);
    for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++) {
        hone_table_column(&table, titles[i], ALIGN_RIGHT);
    }
    for (uint32_t i = 0; i < findings->n; i++) {
        const struct found *found = &findings->items[i];
        hone_table_cell(&table, found->name);
        snprintf(text, sizeof text, "%llu", (unsigned long long)found->n);
        hone_table_cell(&table, text);
        put_real(&table, found->first);
        put_real(&table, found->last);
        put_real(&table, found->min);
        put_real(&table, found->max);
        snprintf(text, sizeof text, "%g..%g", found->first_step, found->last_step);
        hone_table_cell(&table, found->has_step ? text : "-");
    }
    hone_table_write(&table, out, term.width);
    hone_table_release(&table);
}

/* A pattern is text in YAML: shown quoted as one would paste it. */
static void put_rule(hone_buf *text, const struct wanted *wanted, const char *pattern)
{
    hone_buf_puts(text, "  try  metrics: {");
    hone_text_write_yaml(text, wanted->name);
    hone_buf_puts(text, ": '");
    for (const char *c = pattern; *c != '\0'; c++) {
        hone_buf_puts(text, *c == '\'' ? "'" : "");
        hone_buf_putc(text, *c);
    }
    hone_buf_puts(text, "'}\n");
}

static void print_missing(const struct findings *findings, struct out *out)
{
    hone_buf text, pattern;
    hone_buf_init(&text, MAX_TEXT);
    hone_buf_init(&pattern, MAX_TEXT);
    for (uint32_t i = 0; i < findings->n_wanted; i++) {
        const struct wanted *wanted = &findings->wanted[i];
        if (wanted->found) {
            continue;
        }
        hone_buf_printf(&text, "%s: not found%s\n", wanted->name,
                        wanted->objective ? " (the objective)" : "");
        if (wanted->line == NULL) {
            hone_buf_puts(&text, "  no line of the log looks like it\n");
            continue;
        }
        hone_buf_puts(&text, "  nearest line  ");
        hone_term_clean(&text, wanted->line, wanted->len < 300 ? wanted->len : 300);
        hone_buf_putc(&text, '\n');
        hone_buf_reset(&pattern);
        hone_pattern_suggest(&pattern, wanted->name, wanted->line, wanted->len);
        if (pattern.len > 0) {
            put_rule(&text, wanted, hone_buf_text(&pattern));
        }
    }
    hone_out_buf(out, &text);
    hone_buf_release(&pattern);
    hone_buf_release(&text);
}

static void put_found_json(hone_json *json, const struct found *found)
{
    const struct {
        const char *key;
        double value;
    } members[] = {{"first", found->first},
                   {"last", found->last},
                   {"min", found->min},
                   {"max", found->max}};
    hone_json_begin_object(json);
    hone_json_key(json, "name");
    hone_json_text(json, found->name);
    hone_json_key(json, "count");
    hone_json_int(json, (int64_t)found->n);
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        hone_json_key(json, members[i].key);
        hone_json_real(json, members[i].value);
    }
    hone_json_key(json, "steps");
    if (found->has_step) {
        hone_json_begin_array(json);
        hone_render_json_number(json, found->first_step);
        hone_render_json_number(json, found->last_step);
        hone_json_end(json);
    } else {
        hone_json_null(json);
    }
    hone_json_end(json);
}

static void put_wanted_json(hone_json *json, const struct wanted *wanted)
{
    hone_buf pattern;
    hone_buf_init(&pattern, MAX_TEXT);
    hone_json_begin_object(json);
    hone_json_key(json, "name");
    hone_json_text(json, wanted->name);
    hone_json_key(json, "objective");
    hone_json_bool(json, wanted->objective);
    hone_json_key(json, "line");
    hone_json_text(json, wanted->line);
    hone_json_key(json, "pattern");
    if (wanted->line != NULL) {
        hone_pattern_suggest(&pattern, wanted->name, wanted->line, wanted->len);
    }
    hone_json_text(json, pattern.len > 0 ? hone_buf_text(&pattern) : NULL);
    hone_json_end(json);
    hone_buf_release(&pattern);
}

static void print_json(const struct job *job, struct out *out)
{
    hone_json json;
    hone_buf text;
    hone_buf_init(&text, MAX_TEXT);
    hone_json_init(&json, &text);
    hone_json_begin_object(&json);
    hone_json_key(&json, "objective");
    hone_json_text(&json, job->spec->objective.name);
    hone_json_key(&json, "metrics");
    hone_json_begin_array(&json);
    for (uint32_t i = 0; i < job->findings.n; i++) {
        put_found_json(&json, &job->findings.items[i]);
    }
    hone_json_end(&json);
    hone_json_key(&json, "missing");
    hone_json_begin_array(&json);
    for (uint32_t i = 0; i < job->findings.n_wanted; i++) {
        if (!job->findings.wanted[i].found) {
            put_wanted_json(&json, &job->findings.wanted[i]);
        }
    }
    hone_json_end(&json);
    hone_json_end(&json);
    hone_buf_putc(&text, '\n');
    hone_out_buf(out, &text);
    hone_buf_release(&text);
}

/* EXIT_FAILED where the objective was not found. */
static int judge(struct findings *findings)
{
    int status = EXIT_DONE;
    hone_found_mark(findings);
    for (uint32_t i = 0; i < findings->n_wanted; i++) {
        if (findings->wanted[i].objective && !findings->wanted[i].found) {
            status = EXIT_FAILED;
        }
    }
    return status;
}

static int report(struct job *job, enum form form)
{
    struct out out;
    int status = judge(&job->findings);
    if (hone_out_open(&out, NULL, NULL) != HONE_OK) {
        return EXIT_FAILED;
    }
    if (form == FORM_JSON) {
        print_json(job, &out);
    } else {
        if (job->findings.n > 0) {
            print_table(&job->findings, &out);
        } else {
            hone_say("no metric was found");
        }
        print_missing(&job->findings, &out);
    }
    if (job->findings.n_dropped > 0) {
        hone_say("%u values of further metrics are left out", job->findings.n_dropped);
    }
    return hone_out_close(&out, status);
}

static int examine(struct job *job, const char *path, enum form form)
{
    bool standard = path == NULL || strcmp(path, "-") == 0;
    FILE *file = standard ? stdin : fopen(path, "re");
    if (file == NULL) {
        return hone_exit_wrong("%s: %s", path, strerror(errno));
    }
    int rc = want_metrics(job);
    if (rc == HONE_OK) {
        rc = read_log(job, file, standard ? "standard input" : path);
    }
    if (!standard) {
        fclose(file);
    }
    return rc == HONE_OK ? report(job, form) : hone_exit_error(&job->err, rc);
}

static int run(const struct args *args)
{
    hone_spec *spec;
    const char *log = hone_args_operand(args, 1);
    bool spec_is_stdin = strcmp(args->operands[0], "-") == 0;
    if (spec_is_stdin && (log == NULL || strcmp(log, "-") == 0)) {
        return hone_exit_wrong("standard input cannot be both the spec and the log");
    }
    int status = hone_cli_spec_load(args->operands[0], FOR_READING, &spec);
    if (status != EXIT_DONE) {
        return status;
    }
    struct job *job = calloc(1, sizeof *job); /* too large for a stack frame */
    if (job == NULL) {
        hone_spec_free(spec);
        return hone_exit_error(&(hone_error){.code = 0}, HONE_ENOMEM);
    }
    job->spec = spec;
    status = examine(job, log, hone_args_form(args));
    hone_found_release(&job->findings);
    hone_extractor_free(job->extractor);
    free(job->rules);
    free(job);
    hone_spec_free(spec);
    return status;
}

static const hone_option options_table[] = {OPTION_JSON, OPTION_END};

const struct command hone_cmd_metrics = {
    .name = "metrics",
    .synopsis = "SPEC [LOG]",
    .summary = "what a spec's rules find in a log, and what they miss",
    .options = options_table,
    .operands = OPERAND_SPEC "LOG\ta file that the command printed; default: standard "
                             "input\n",
    .min_operands = 1,
    .max_operands = 2,
    .details =
        "For the objective, and each rule's metric, that is not found, the nearest "
        "line of the log is shown, and a pattern that would match it. The exit "
        "status is 1 where the objective is not found.",
    .run = run};
