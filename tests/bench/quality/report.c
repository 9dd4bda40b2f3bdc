/* Tables of medians and quartiles, with a verdict against the best of the baselines.
 *
 * The bar of a budget is the engine with the least median there: a choice after the fact
 * that no single engine makes, so the bar is a little harder than each of them.
 *
 * A verdict asks first whether both medians are as good as the minimum: nearer than a
 * thousandth of what random search is away from it with the same budget (where the
 * minimum and random search are known). Otherwise, where the bar has its values, Mann and
 * Whitney's test at 5 % says whether there is a difference, and the medians which way.
 * Where only its quartiles are known, the 95 % intervals of both medians are compared
 * (hone's by bootstrap, the bar's from the quartiles): apart is a difference. */
#include "report.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#include "base/banned.h"

enum { CELL = 64, METHODS_MAX = 16 };

static const char marks[] = {[QUALITY_BETTER] = '+',
                             [QUALITY_SAME] = '=',
                             [QUALITY_SOLVED] = 's',
                             [QUALITY_WORSE] = '-'};

quality_verdict quality_judge(const quality_sample *sample, const quality_sample *bar,
                              double minimum, double solved)
{
    double ours = sample->quartiles.median, theirs = bar->quartiles.median;
    if (ours - minimum < solved && theirs - minimum < solved)
        return QUALITY_SOLVED;
    bool differs;
    if (bar->n_values > 0) {
        differs = quality_mann_whitney(sample->values, sample->n_values, bar->values,
                                       bar->n_values) < .05;
    } else {
        quality_interval a = quality_bootstrap(sample->values, sample->n_values);
        quality_interval b = quality_interval_of(bar->quartiles, bar->n);
        differs = a.high < b.low || b.high < a.low;
    }
    if (!differs || ours == theirs)
        return QUALITY_SAME;
    return ours < theirs ? QUALITY_BETTER : QUALITY_WORSE;
}

static const quality_result *get_results(const quality_outcome *outcome, uint32_t f,
                                         uint32_t m)
{
    return &outcome->results[((size_t)f * outcome->n_methods + m) * outcome->n_seeds];
}

/* What the seeds that ran reached with the budget; false where none did. */
static bool collect_sample(const quality_outcome *outcome, uint32_t f, uint32_t m,
                           uint32_t budget, quality_sample *sample)
{
    const quality_result *results = get_results(outcome, f, m);
    *sample = (quality_sample){.engine = outcome->methods[m]};
    for (uint32_t s = 0; s < outcome->n_seeds; s++)
        if (results[s].end == QUALITY_RAN)
            sample->values[sample->n_values++] = results[s].best[budget];
    sample->n = sample->n_values;
    if (sample->n > 0)
        sample->quartiles = quality_quartiles_of(sample->values, sample->n);
    return sample->n > 0;
}

/* One line of the table: a bar or a method at each budget. */
typedef struct scoring {
    const quality_outcome *outcome;
    const quality_baseline *baseline;
    uint32_t counts[METHODS_MAX][QUALITY_N_BUDGETS]
                   [QUALITY_WORSE + 1]; /* method, budget */
} scoring;

static double solved_distance(const quality_baseline *baseline,
                              const quality_function *function, uint32_t budget)
{
    quality_sample random;
    if (isnan(function->minimum) ||
        !quality_baseline_best(baseline, function->name, budget, " random", &random))
        return 0;
    return 1e-3 * (random.quartiles.median - function->minimum);
}

static void write_cell(FILE *out, scoring *judge, uint32_t f, uint32_t m, uint32_t budget)
{
    const quality_function *function = judge->outcome->functions[f];
    quality_sample sample, bar;
    char text[CELL], mark = ' ';
    if (!collect_sample(judge->outcome, f, m, budget, &sample)) {
        fprintf(out, " %-31s |", "");
        return;
    }
    uint32_t trials = quality_budgets[budget];
    if (quality_baseline_best(judge->baseline, function->name, trials,
                              judge->outcome->against, &bar)) {
        quality_verdict verdict =
            quality_judge(&sample, &bar, function->minimum,
                          solved_distance(judge->baseline, function, trials));
        judge->counts[m][budget][verdict]++;
        mark = marks[verdict];
    }
    snprintf(text, sizeof text, "%.5g [%.4g %.4g] %c", sample.quartiles.median,
             sample.quartiles.low, sample.quartiles.high, mark);
    fprintf(out, " %-31s |", text);
}

static bool is_shown(const quality_outcome *outcome, uint32_t budget)
{
    return quality_budgets[budget] >= 20 && quality_budgets[budget] <= outcome->trials;
}

static void write_bar(FILE *out, const scoring *judge, uint32_t f)
{
    const quality_outcome *outcome = judge->outcome;
    fprintf(out, "| %-12s | %-14s |", outcome->functions[f]->name, "bar");
    for (uint32_t b = 0; b < QUALITY_N_BUDGETS; b++) {
        quality_sample bar;
        char text[CELL] = "";
        if (!is_shown(outcome, b))
            continue;
        if (quality_baseline_best(judge->baseline, outcome->functions[f]->name,
                                  quality_budgets[b], outcome->against, &bar)) {
            const char *engine = bar.engine;
            if (strncmp(engine, "optuna ", 7) == 0)
                engine += 7;
            snprintf(text, sizeof text, "%.5g (%s)", bar.quartiles.median, engine);
        }
        fprintf(out, " %-31s |", text);
    }
    fprintf(out, " %8s |\n", "");
}

static void write_method(FILE *out, scoring *judge, uint32_t f, uint32_t m)
{
    const quality_outcome *outcome = judge->outcome;
    const quality_result *results = get_results(outcome, f, m);
    fprintf(out, "| %-12s | %-14s |", "", outcome->methods[m]);
    double cpu = 0;
    uint32_t ran = 0;
    for (uint32_t s = 0; s < outcome->n_seeds; s++) {
        cpu += results[s].end == QUALITY_RAN ? results[s].cpu_ms : 0;
        ran += results[s].end == QUALITY_RAN;
    }
    for (uint32_t b = 0; b < QUALITY_N_BUDGETS; b++)
        if (is_shown(outcome, b))
            write_cell(out, judge, f, m, b);
    fprintf(out, " %8.3f |\n", ran > 0 ? cpu / ran : (double)NAN);
}

/* Which functions these are. */
static void write_functions(FILE *out, const quality_outcome *outcome)
{
    fprintf(out, "| function | minimum | |\n| --- | --- | --- |\n");
    for (uint32_t f = 0; f < outcome->n_functions; f++)
        fprintf(out, "| %s | %.6g | %s |\n", outcome->functions[f]->name,
                outcome->functions[f]->minimum, outcome->functions[f]->summary);
    fprintf(out, "\n");
}

static void write_head(FILE *out, const quality_outcome *outcome)
{
    char title[CELL];
    fprintf(out, "| %-12s | %-14s |", "function", "strategy");
    for (uint32_t b = 0; b < QUALITY_N_BUDGETS; b++) {
        snprintf(title, sizeof title, "%u trials", quality_budgets[b]);
        if (is_shown(outcome, b))
            fprintf(out, " %-31s |", title);
    }
    fprintf(out, " %8s |\n| --- | --- |", "ms/ask");
    for (uint32_t b = 0; b < QUALITY_N_BUDGETS; b++)
        if (is_shown(outcome, b))
            fprintf(out, " --- |");
    fprintf(out, " --- |\n");
}

static void write_counts(FILE *out, const scoring *judge)
{
    const quality_outcome *outcome = judge->outcome;
    fprintf(out, "\nFunctions where the strategy is better than the bar, the same within "
                 "the noise or both solved,\nand worse:\n\n| strategy       |");
    for (uint32_t b = 0; b < QUALITY_N_BUDGETS; b++)
        if (is_shown(outcome, b))
            fprintf(out, " %4u trials |", quality_budgets[b]);
    fprintf(out, "\n| --- |");
    for (uint32_t b = 0; b < QUALITY_N_BUDGETS; b++)
        if (is_shown(outcome, b))
            fprintf(out, " --- |");
    for (uint32_t m = 0; m < outcome->n_methods; m++) {
        fprintf(out, "\n| %-14s |", outcome->methods[m]);
        for (uint32_t b = 0; b < QUALITY_N_BUDGETS; b++) {
            const uint32_t *counts = judge->counts[m][b];
            if (is_shown(outcome, b))
                fprintf(out, " %2u %2u %2u    |", counts[QUALITY_BETTER],
                        counts[QUALITY_SAME] + counts[QUALITY_SOLVED],
                        counts[QUALITY_WORSE]);
        }
    }
    fprintf(out, "\n");
}

/* Whatever did not run, with its reason, once for each function and method. */
static void write_failures(FILE *out, const quality_outcome *outcome)
{
    static const char *const names[] = {"not run", "ran", "refused", "broken"};
    for (uint32_t f = 0; f < outcome->n_functions; f++)
        for (uint32_t m = 0; m < outcome->n_methods; m++) {
            const quality_result *results = get_results(outcome, f, m);
            for (uint32_t s = 0; s < outcome->n_seeds; s++) {
                if (results[s].end == QUALITY_RAN)
                    continue;
                fprintf(out, "\n%s on %s: %s: %s\n", outcome->methods[m],
                        outcome->functions[f]->name, names[results[s].end],
                        results[s].text);
                break;
            }
        }
}

void quality_report(FILE *out, const quality_outcome *outcome,
                    const quality_baseline *baseline)
{
    scoring judge = {.outcome = outcome, .baseline = baseline};
    write_functions(out, outcome);
    write_head(out, outcome);
    for (uint32_t f = 0; f < outcome->n_functions; f++) {
        write_bar(out, &judge, f);
        for (uint32_t m = 0; m < outcome->n_methods; m++)
            write_method(out, &judge, f, m);
    }
    write_counts(out, &judge);
    write_failures(out, outcome);
}

static json_t *make_engine(const quality_outcome *outcome, uint32_t f, uint32_t m)
{
    const quality_result *results = get_results(outcome, f, m);
    json_t *engine = json_object();
    double cpu = 0;
    uint32_t ran = 0;
    for (uint32_t b = 0; b < QUALITY_N_BUDGETS; b++) {
        char key[16];
        json_t *values = json_array();
        snprintf(key, sizeof key, "%u", quality_budgets[b]);
        for (uint32_t s = 0; s < outcome->n_seeds; s++)
            if (results[s].end == QUALITY_RAN)
                json_array_append_new(values, isfinite(results[s].best[b])
                                                  ? json_real(results[s].best[b])
                                                  : json_null());
        if (quality_budgets[b] <= outcome->trials)
            json_object_set_new(engine, key, json_pack("{so}", "values", values));
        else
            json_decref(values);
    }
    for (uint32_t s = 0; s < outcome->n_seeds; s++) {
        cpu += results[s].end == QUALITY_RAN ? results[s].cpu_ms : 0;
        ran += results[s].end == QUALITY_RAN;
    }
    json_object_set_new(engine, "cpu_ms", json_real(ran > 0 ? cpu / ran : 0));
    return engine;
}

bool quality_report_json(const char *path, const quality_outcome *outcome)
{
    json_t *functions = json_object();
    for (uint32_t f = 0; f < outcome->n_functions; f++) {
        json_t *engines = json_object();
        for (uint32_t m = 0; m < outcome->n_methods; m++) {
            char name[CELL];
            snprintf(name, sizeof name, "hone %s", outcome->methods[m]);
            json_object_set_new(engines, name, make_engine(outcome, f, m));
        }
        json_object_set_new(functions, outcome->functions[f]->name,
                            json_pack("{so}", "engines", engines));
    }
    json_t *root = json_pack("{so}", "functions", functions);
    int code = json_dump_file(root, path, JSON_INDENT(1) | JSON_REAL_PRECISION(9));
    json_decref(root);
    return code == 0;
}
