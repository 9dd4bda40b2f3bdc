/* hone tell: what a trial of hone ask has come to. */
#include <stdlib.h>
#include <string.h>

#include <hone/ask.h>

#include "cli/argv.h"
#include "cli/command.h"
#include "cli/exit.h"
#include "cli/render.h"
#include "cli/target.h"

enum { MAX_METRICS = 1000, MAX_LINE = 4000 };

/* NAME=VALUE in place: the name is cut off in the operand, which nobody reads again. */
static int read_metrics(const struct args *args, hone_metric_value *metrics)
{
    for (int i = 1; i < args->n_operands; i++) {
        char *text = args->operands[i];
        char *equals = strrchr(text, '=');
        double value;
        if (equals == NULL || equals == text) {
            return hone_exit_wrong("'%s' is no NAME=VALUE", text);
        }
        if (equals - text > HONE_METRIC_NAME_MAX) {
            return hone_exit_wrong("the name of a metric has %d bytes; the limit is %d",
                                   (int)(equals - text), HONE_METRIC_NAME_MAX);
        }
        if (!hone_real_read(equals + 1, strlen(equals + 1), &value)) {
            return hone_exit_wrong("%s: the value of a metric is a number", text);
        }
        *equals = '\0';
        for (int k = 1; k < i; k++) {
            if (strcmp(metrics[k - 1].name, text) == 0) {
                return hone_exit_wrong("%s is given twice", text);
            }
        }
        metrics[i - 1] = (hone_metric_value){.name = text, .value = value, .n = 1};
    }
    return EXIT_DONE;
}

static int fill_request(const struct args *args, hone_metric_value *metrics,
                        hone_tell_request *request)
{
    const char *step = hone_args_text(args, "step");
    *request = (hone_tell_request){.metrics = metrics,
                                   .n_metrics = (uint32_t)args->n_operands - 1,
                                   .on_the_way = step != NULL};
    if (request->n_metrics > MAX_METRICS) {
        return hone_exit_wrong("%u metrics are given; the limit is %d",
                               request->n_metrics, MAX_METRICS);
    }
    if (step != NULL && !hone_real_read(step, strlen(step), &request->step)) {
        return hone_exit_wrong("--step %s: a number is needed", step);
    }
    if (step != NULL && hone_args_has(args, "status")) {
        return hone_exit_wrong("--step tells of a trial that goes on, --status ends it");
    }
    if (step != NULL && request->n_metrics == 0) {
        return hone_exit_wrong("--step needs a NAME=VALUE");
    }
    if (!hone_status_find(hone_args_text(args, "status"), &request->status)) {
        return hone_exit_wrong("--status is completed, failed, pruned or cancelled");
    }
    return read_metrics(args, metrics);
}

static void say_told(uint64_t trial, const hone_told *told)
{
    hone_buf line;
    hone_buf_init(&line, MAX_LINE);
    hone_buf_printf(&line, "trial %llu is %s", (unsigned long long)trial,
                    hone_status_text(told->status));
    if (told->has_objective) {
        hone_buf_puts(&line, ", objective ");
        hone_render_real(&line, told->objective);
    }
    hone_say("%s", hone_buf_text(&line));
    hone_buf_release(&line);
}

/* By the recorded spec, under the recorded name. */
static int tell(struct target *target, const hone_tell_request *request)
{
    hone_error err = {.code = 0};
    hone_spec *spec = NULL;
    hone_told told;
    char *name = strdup(target->sweep->name);
    int rc = name == NULL ? HONE_ENOMEM
                          : hone_spec_read(target->sweep->spec_path, target->sweep->spec,
                                           strlen(target->sweep->spec), &spec, &err);
    hone_store_close(target->store);
    target->store = NULL;
    if (rc == HONE_OK) {
        rc = hone_tell(spec, hone_buf_text(&target->dir), name, request, &told, &err);
    }
    int status = rc == HONE_OK ? EXIT_DONE : hone_exit_error(&err, rc);
    if (rc == HONE_OK) {
        say_told(request->trial, &told);
    }
    hone_spec_free(spec);
    free(name);
    return status;
}

static int run(const struct args *args)
{
    struct target target;
    hone_tell_request request;
    hone_metric_value *metrics = calloc((size_t)args->n_operands, sizeof *metrics);
    if (metrics == NULL) {
        return hone_exit_error(&(hone_error){.code = 0}, HONE_ENOMEM);
    }
    int status = fill_request(args, metrics, &request);
    if (status == EXIT_DONE) {
        status = hone_target_open_trial(&target, args);
        request.trial = target.trial;
        if (status == EXIT_DONE) {
            status = tell(&target, &request);
        }
        hone_target_close(&target);
    }
    free(metrics);
    return status;
}

static const hone_option options_table[] = {
    {.name = "step",
     .type = HONE_OPTION_TEXT,
     .placeholder = "N",
     .text = "the values are those of step N, and the trial goes on"},
    {.name = "status",
     .type = HONE_OPTION_CHOICE,
     .choices = "completed|failed|pruned|cancelled",
     .fallback = "completed",
     .placeholder = "STATUS",
     .text = "how the trial ended: completed, failed, pruned or cancelled"},
    OPTION_STORE,
    OPTION_END};

const struct command hone_cmd_tell = {
    .name = "tell",
    .synopsis = "TRIAL [NAME=VALUE...]",
    .summary = "say what a trial of hone ask has come to",
    .options = options_table,
    .operands = OPERAND_TRIAL "NAME=VALUE\ta metric; the objective among them\n",
    .min_operands = 1,
    .max_operands = MAX_METRICS + 1,
    .details =
        "Ends the trial, or with --step adds a point to the history of its metrics. The "
        "objective of a trial is made of all its points by the spec's `take`, the last "
        "if that says nothing, and may be told on the way. nan and inf are values.\n\n"
        "Exit status: 0 done, 1 there is no such trial, or it is none of hone ask, 2 a "
        "value is missing or wrong, 3 the store cannot be used: another hone runs the "
        "sweep.",
    .run = run};
