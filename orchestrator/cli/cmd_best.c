/* hone best: the best configuration, in the form in which the next program wants it. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <hone/export.h>

#include "cli/command.h"
#include "cli/exit.h"
#include "cli/front.h"
#include "cli/out.h"
#include "cli/render.h"
#include "cli/sweep_view.h"
#include "cli/target.h"

enum { MAX_TEXT = 256 * 1024 * 1024 };

/* Of the trials that follow the best so many are compared with it, and named in a
 * sentence. */
enum { ALIKE_MAX = 1000, ALIKE_SAID = 20 };

/* The best trial's repeats, and the trials that cannot be told apart from it. */
struct alike {
    uint64_t number; /* of the best, 0: not yet seen */
    hone_summary best;
    uint32_t n;
    uint64_t numbers[ALIKE_MAX];
};

/* How one trial is written; `index` counts from 0. */
struct view {
    hone_buf text;
    hone_json json;
    hone_columns *columns;
    hone_error *err;
    uint64_t n;
    bool list; /* several are asked for: a list, also of one */
    struct front front;
    struct alike alike;
};

static bool has_alike(const struct view *view)
{
    return view->n == 0 && view->alike.best.n > 1;
}

static void put_alike_json(struct view *view)
{
    hone_json_key(&view->json, "indistinguishable");
    hone_json_begin_array(&view->json);
    for (uint32_t i = 0; i < view->alike.n; i++) {
        hone_json_int(&view->json, (int64_t)view->alike.numbers[i]);
    }
    hone_json_end(&view->json);
}

static int put_json(void *arg, const hone_trial_info *trial)
{
    struct view *view = arg;
    hone_json_begin_object(&view->json);
    hone_json_key(&view->json, "sweep");
    hone_json_text(&view->json, trial->sweep);
    hone_view_write_best(&view->json, trial);
    if (has_alike(view)) {
        put_alike_json(view);
    }
    hone_json_end(&view->json);
    view->n++;
    return HONE_OK;
}

static int put_yaml(void *arg, const hone_trial_info *trial)
{
    struct view *view = arg;
    const char *in = view->list ? "  " : "";
    int indent = view->list ? 4 : 2;
    hone_buf *text = &view->text;
    hone_buf_puts(text, view->list ? "- sweep: " : "sweep: ");
    hone_text_write_yaml(text, trial->sweep);
    hone_buf_printf(text, "\n%strial: %llu\n%sobjective: ", in,
                    (unsigned long long)trial->number, in);
    hone_real_write_yaml(text, trial->objective);
    if (isfinite(hone_trial_se(trial))) {
        hone_buf_printf(text, "\n%srepeats: %u\n%sobjective_se: ", in, trial->n_scores,
                        in);
        hone_real_write_yaml(text, hone_trial_se(trial));
    }
    if (has_alike(view)) {
        hone_buf_printf(text, "\n%sindistinguishable: [", in);
        for (uint32_t i = 0; i < view->alike.n; i++) {
            hone_buf_printf(text, "%s%llu", i > 0 ? ", " : "",
                            (unsigned long long)view->alike.numbers[i]);
        }
        hone_buf_putc(text, ']');
    }
    hone_buf_printf(text, "\n%sparams:%s\n", in, trial->n_params > 0 ? "" : " {}");
    hone_params_write_yaml(text, trial->n_params, trial->params, indent);
    hone_buf_printf(text, "%smetrics:%s\n", in, trial->n_metrics > 0 ? "" : " {}");
    hone_metrics_write_yaml(text, trial, indent);
    view->n++;
    return HONE_OK;
}

/* HONE_PARAM_OPTIM__LR='0.1': what a shell's name cannot hold becomes an underscore. */
static int put_env(void *arg, const hone_trial_info *trial)
{
    struct view *view = arg;
    hone_buf value;
    hone_buf_init(&value, MAX_TEXT);
    for (uint32_t i = 0; i < trial->n_params; i++) {
        hone_buf_puts(&view->text, "HONE_PARAM_");
        for (const char *c = trial->params[i].name; *c != '\0'; c++) {
            unsigned char byte = (unsigned char)*c;
            bool plain = byte < 0x80 && isalnum(byte);
            hone_buf_puts(&view->text, byte == '.' ? "__" : plain ? "" : "_");
            if (plain) {
                hone_buf_putc(&view->text, (char)toupper(byte));
            }
        }
        hone_buf_putc(&view->text, '=');
        hone_buf_reset(&value);
        hone_value_write(&value, &trial->params[i].value, HONE_FORM_YAML);
        hone_shell_quote_always(&view->text, hone_buf_text(&value));
        hone_buf_putc(&view->text, '\n');
    }
    hone_buf_release(&value);
    view->n++;
    return HONE_OK;
}

static int put_args(void *arg, const hone_trial_info *trial)
{
    struct view *view = arg;
    hone_buf word;
    hone_buf_init(&word, MAX_TEXT);
    for (uint32_t i = 0; i < trial->n_params; i++) {
        hone_buf_reset(&word);
        hone_buf_printf(&word, "--%s=", trial->params[i].name);
        hone_value_write(&word, &trial->params[i].value, HONE_FORM_PYTHON);
        hone_buf_puts(&view->text, i > 0 ? " " : "");
        hone_shell_quote(&view->text, hone_buf_text(&word));
    }
    hone_buf_putc(&view->text, '\n');
    hone_buf_release(&word);
    view->n++;
    return HONE_OK;
}

static int learn_csv(void *arg, const hone_trial_info *trial)
{
    struct view *view = arg;
    view->n++;
    return hone_columns_learn(view->columns, trial, view->err);
}

static int put_csv(void *arg, const hone_trial_info *trial)
{
    struct view *view = arg;
    hone_buf cell;
    hone_buf_init(&cell, MAX_TEXT);
    for (uint32_t i = 0; i < hone_columns_count(view->columns); i++) {
        hone_buf_reset(&cell);
        hone_columns_cell(view->columns, i, trial, &cell);
        hone_buf_puts(&view->text, i > 0 ? "," : "");
        hone_csv_write_cell(&view->text, hone_buf_text(&cell));
    }
    hone_buf_putc(&view->text, '\n');
    hone_buf_release(&cell);
    return HONE_OK;
}

static int write_csv(struct view *view, const struct target *target, uint64_t top)
{
    int rc = hone_columns_new(&view->columns, view->err);
    if (rc == HONE_OK) {
        rc = hone_front_visit(&view->front, target->store, target->sweep->id, top,
                              learn_csv, view, view->err);
    }
    for (uint32_t i = 0; rc == HONE_OK && i < hone_columns_count(view->columns); i++) {
        hone_buf_puts(&view->text, i > 0 ? "," : "");
        hone_csv_write_cell(&view->text, hone_columns_name(view->columns, i));
    }
    hone_buf_putc(&view->text, '\n');
    if (rc == HONE_OK) {
        rc = hone_front_visit(&view->front, target->store, target->sweep->id, top,
                              put_csv, view, view->err);
    }
    hone_columns_free(view->columns);
    return rc;
}

static const struct format {
    const char *name;
    hone_trial_fn put; /* NULL: csv, which needs two passes */
} formats[] = {{"yaml", put_yaml},
               {"json", put_json},
               {"env", put_env},
               {"args", put_args},
               {"csv", NULL}};

enum { N_FORMATS = sizeof formats / sizeof formats[0] };

/* The option's choices were checked: one of them matches. */
static const struct format *find_format(const char *name)
{
    int i = 0;
    while (i < N_FORMATS - 1 && strcmp(formats[i].name, name) != 0) {
        i++;
    }
    return &formats[i];
}

static int write_best(struct view *view, const struct target *target, const char *format,
                      uint64_t top)
{
    hone_trial_fn put = find_format(format)->put;
    if (put == NULL) {
        return write_csv(view, target, top);
    }
    hone_json_init(&view->json, &view->text);
    if (put == put_json && view->list) {
        hone_json_begin_array(&view->json);
    }
    int rc = hone_front_visit(&view->front, target->store, target->sweep->id, top, put,
                              view, view->err);
    if (put == put_json) {
        if (view->list) {
            hone_json_end(&view->json);
        }
        hone_buf_putc(&view->text, '\n');
    }
    return rc;
}

static int compare_trial(void *arg, const hone_trial_info *trial)
{
    struct alike *alike = arg;
    hone_summary summary = hone_trial_summary(trial);
    if (alike->number == 0) {
        alike->number = trial->number;
        alike->best = summary;
    } else if (hone_welch_test(&alike->best, &summary).differ >= HONE_SIGNIFICANCE) {
        alike->numbers[alike->n++] = trial->number;
    }
    return HONE_OK;
}

/* With repeats: who might be the best as well, and come second by chance. */
static int find_alike(struct view *view, const struct target *target)
{
    int rc = hone_store_best(target->store, target->sweep->id, 1, compare_trial,
                             &view->alike, view->err);
    if (rc != HONE_OK || view->alike.best.n < 2) {
        return rc; /* one score: nothing tells how sure it is */
    }
    view->alike.number = 0;
    return hone_store_best(target->store, target->sweep->id, 1 + ALIKE_MAX, compare_trial,
                           &view->alike, view->err);
}

static void say_alike(const struct alike *alike)
{
    char list[ALIKE_SAID * 24] = "", more[40] = "";
    size_t len = 0;
    uint32_t n = alike->n < ALIKE_SAID ? alike->n : ALIKE_SAID;
    for (uint32_t i = 0; i < n; i++) {
        len += (size_t)snprintf(list + len, sizeof list - len, "%s%llu",
                                i > 0 ? ", " : "", (unsigned long long)alike->numbers[i]);
    }
    if (alike->n > n) {
        snprintf(more, sizeof more, " and %u more", alike->n - n);
    }
    if (n > 0) {
        hone_say(
            "trial %llu cannot be told apart from trial%s %s%s (Welch's t test, 5 %%)",
            (unsigned long long)alike->number, n > 1 ? "s" : "", list, more);
    }
}

static int print_best(const struct target *target, const struct args *args)
{
    struct out out;
    hone_error err = {.code = 0};
    struct view view = {.err = &err};
    int status = EXIT_DONE;
    hone_buf_init(&view.text, MAX_TEXT);
    const char *format = hone_args_text(args, "format");
    int rc = hone_front_read(target->store, target->sweep, &view.front, &err);
    view.list = hone_args_has(args, "top") || view.front.several;
    uint64_t top = hone_args_count(args, "top", view.front.several ? UINT64_MAX : 1);
    bool one_too_many = view.front.n > 1 && strcmp(format, "env") == 0;
    if (rc == HONE_OK) {
        rc = find_alike(&view, target);
    }
    if (rc == HONE_OK && !one_too_many) {
        rc = write_best(&view, target, format, top);
    }
    if (rc != HONE_OK) {
        status = hone_exit_error(&err, rc);
    } else if (one_too_many) {
        status = hone_exit_wrong("--format env is for one configuration, and %u trials "
                                 "are on the Pareto front of %s; take json",
                                 view.front.n, target->sweep->name);
    } else if (view.n == 0) {
        hone_say("%s has no best trial yet: none completed with an objective that is a "
                 "number",
                 target->sweep->name);
        status = EXIT_FAILED;
    } else if ((rc = hone_out_open(&out, hone_args_text(args, "output"), &err)) !=
               HONE_OK) {
        status = hone_exit_error(&err, rc);
    } else {
        hone_out_buf(&out, &view.text);
        status = hone_out_close(&out, status);
        if (strcmp(format, "json") != 0) {
            say_alike(&view.alike);
        }
    }
    hone_front_release(&view.front);
    hone_buf_release(&view.text);
    return status;
}

static int run(const struct args *args)
{
    struct target target;
    if (hone_args_has(args, "top") &&
        strcmp(hone_args_text(args, "format"), "env") == 0) {
        return hone_exit_wrong(
            "--format env is for one configuration; with --top take json");
    }
    int status = hone_target_open_sweep(&target, args);
    if (status == EXIT_DONE) {
        status = print_best(&target, args);
    }
    hone_target_close(&target);
    return status;
}

static const hone_option options_table[] = {
    {.name = "format",
     .letter = 'f',
     .type = HONE_OPTION_CHOICE,
     .choices = "yaml|json|env|args|csv",
     .fallback = "yaml",
     .placeholder = "FORMAT",
     .text = "how it is written"},
    {.name = "top",
     .letter = 'n',
     .type = HONE_OPTION_INT,
     .min = 1,
     .max = 9e15,
     .placeholder = "K",
     .text = "the K best, the best first, as a list"},
    {.name = "output",
     .letter = 'o',
     .type = HONE_OPTION_TEXT,
     .placeholder = "FILE",
     .text = "write to a file, whole or not at all"},
    OPTION_STORE,
    OPTION_END};

const struct command hone_cmd_best = {
    .name = "best",
    .synopsis = "[SWEEP]",
    .summary = "the best configuration",
    .options = options_table,
    .operands = OPERAND_SWEEP,
    .max_operands = 1,
    .details =
        "env prints lines HONE_PARAM_NAME='value', in capitals, dots in names as two "
        "underscores, safe to eval in a shell; args one line of --NAME=VALUE, quoted for "
        "a shell; yaml and json the sweep, the trial, its objective, its parameters with "
        "their nesting, and its metrics.\n\n"
        "With repeats, those of the 1000 next best trials that cannot be told apart from "
        "the best by Welch's two-sided t test at 5 % are named, on standard error and in "
        "the field indistinguishable of yaml and json.\n\n"
        "Where the spec has several objectives the best are the trials of the Pareto "
        "front, of which none is better than another in everything; the best by the "
        "first objective comes first.\n\n"
        "The exit status is 1 where no trial has completed with an objective.",
    .run = run};
