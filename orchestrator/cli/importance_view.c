/* Importance as a table for people and as JSON for programs. */
#include <math.h>

#include "cli/importance_view.h"
#include "cli/render.h"

enum { MAX_TEXT = 16 * 1024 * 1024, BAR = 20 };

static const double LITTLE = 0.2; /* so little explained is worth a warning */
static const double MUCH = 0.5;   /* of the variance in a few trials, likewise */

static const char *const state_names[] = {
    [HONE_EFFECT_TOLD] = "told",         [HONE_EFFECT_UNTOLD] = "untold",
    [HONE_EFFECT_CONSTANT] = "constant", [HONE_EFFECT_STILL] = "unvaried",
    [HONE_EFFECT_SCARCE] = "scarce",
};

static const char *const model_names[] = {
    [HONE_MODEL_FOREST] = "forest",
    [HONE_MODEL_FACTORIAL] = "full grid",
    [HONE_MODEL_DENSITY] = "densities",
};

/* One reason for which trials were left out. */
struct reason {
    const char *key, *words;
    uint64_t n;
};

enum { N_REASONS = 7 };

static void list_reasons(const struct left_out *left, struct reason reasons[N_REASONS])
{
    const struct reason all[N_REASONS] = {
        {"failed", "failed", left->failed},
        {"pruned", "pruned", left->pruned},
        {"cancelled", "cancelled", left->cancelled},
        {"unfinished", "not finished", left->unfinished},
        {"reruns", "reruns", left->reruns},
        {"not_finite", "whose value is no finite number", left->not_finite},
        {"outside", "outside of the space as the spec now has it", left->outside},
    };
    for (int i = 0; i < N_REASONS; i++) {
        reasons[i] = all[i];
    }
}

void hone_importance_put_left_out(const struct importance_view *view, hone_buf *text)
{
    struct reason reasons[N_REASONS];
    list_reasons(&view->left, reasons);
    for (int i = 0; i < N_REASONS; i++) {
        if (reasons[i].n > 0) {
            hone_buf_printf(text, "%s%llu %s", text->len > 0 ? ", " : "",
                            (unsigned long long)reasons[i].n, reasons[i].words);
        }
    }
}

/* ---- JSON ---- */

/* What there is no number for is null here: it is not known. */
static void put_number(hone_json *json, const char *key, double number)
{
    hone_json_key(json, key);
    if (isnan(number)) {
        hone_json_null(json);
    } else {
        hone_json_real(json, number);
    }
}

static void put_text(hone_json *json, const char *key, const char *text)
{
    hone_json_key(json, key);
    hone_json_text(json, text);
}

static void put_count(hone_json *json, const char *key, uint64_t n)
{
    hone_json_key(json, key);
    hone_json_int(json, (int64_t)n);
}

/* The members that parameters and pairs share. */
static void put_effect(hone_json *json, const hone_effect *effect)
{
    put_text(json, "state", state_names[effect->state]);
    put_number(json, "importance", effect->share);
    put_number(json, "low", effect->low);
    put_number(json, "high", effect->high);
    put_number(json, "floor", effect->floor);
    put_count(json, "trials", effect->n);
}

static void put_param(hone_json *json, const struct importance_view *view,
                      const hone_effect *effect)
{
    hone_json_begin_object(json);
    put_text(json, "parameter", view->space->params[effect->param].name);
    put_effect(json, effect);
    put_number(json, "active", (double)effect->n / (double)view->importance->n);
    hone_json_key(json, "best");
    if (effect->best_low.kind == HONE_ABSENT) {
        hone_json_null(json);
    } else {
        hone_json_begin_array(json);
        hone_json_value(json, &effect->best_low);
        hone_json_value(json, &effect->best_high);
        hone_json_end(json);
    }
    hone_json_end(json);
}

static void put_pair(hone_json *json, const struct importance_view *view,
                     const hone_effect *effect)
{
    hone_json_begin_object(json);
    hone_json_key(json, "parameters");
    hone_json_begin_array(json);
    hone_json_text(json, view->space->params[effect->param].name);
    hone_json_text(json, view->space->params[effect->other].name);
    hone_json_end(json);
    put_effect(json, effect);
    hone_json_end(json);
}

static void put_head(hone_json *json, const struct importance_view *view)
{
    const hone_importance *importance = view->importance;
    struct reason reasons[N_REASONS];
    bool is_ped = view->options.method == HONE_IMPORTANCE_PED;
    put_text(json, "sweep", view->sweep->name);
    put_text(json, "objective", view->objective->name);
    put_text(json, "goal", view->objective->maximize ? "maximize" : "minimize");
    put_text(json, "method", is_ped ? "ped-anova" : "fanova");
    put_text(json, "model", model_names[importance->model]);
    put_number(json, "top", view->options.top);
    put_count(json, "trials", importance->n);
    put_count(json, "used", importance->n_used);
    hone_json_key(json, "left_out");
    hone_json_begin_object(json);
    list_reasons(&view->left, reasons);
    for (int i = 0; i < N_REASONS; i++) {
        put_count(json, reasons[i].key, reasons[i].n);
    }
    hone_json_end(json);
    put_number(json, "explained", importance->explained);
    put_number(json, "outlying", importance->outlying);
    put_number(json, "rest", importance->rest);
}

void hone_importance_put_json(const struct importance_view *view, hone_buf *text)
{
    hone_json json;
    const hone_importance *importance = view->importance;
    hone_json_init(&json, text);
    hone_json_begin_object(&json);
    put_head(&json, view);
    hone_json_key(&json, "parameters");
    hone_json_begin_array(&json);
    for (uint32_t i = 0; i < importance->n_params; i++) {
        put_param(&json, view, &importance->params[i]);
    }
    hone_json_end(&json);
    hone_json_key(&json, "interactions");
    hone_json_begin_array(&json);
    for (uint32_t i = 0; i < importance->n_pairs; i++) {
        put_pair(&json, view, &importance->pairs[i]);
    }
    hone_json_end(&json);
    hone_json_end(&json);
    hone_buf_putc(text, '\n');
}

/* ---- the table ---- */

static void put_cell(struct table *table, hone_buf *cell)
{
    hone_table_cell(table, hone_buf_text(cell));
    hone_buf_reset(cell);
}

static void put_value(hone_buf *cell, const hone_value *value)
{
    if (value->kind == HONE_REAL && value->spelling == NULL) {
        hone_render_real(cell, value->real);
    } else {
        hone_value_write(cell, value, HONE_FORM_YAML);
    }
}

/* The last column: where it is best, or why nothing is said. */
static void put_verdict(hone_buf *cell, const hone_effect *effect)
{
    switch (effect->state) {
    case HONE_EFFECT_UNTOLD:
        hone_buf_puts(cell, "cannot be told from none");
        break;
    case HONE_EFFECT_CONSTANT:
        hone_buf_puts(cell, "has one value");
        break;
    case HONE_EFFECT_STILL:
        hone_buf_puts(cell, effect->n > 0 ? "had one value in all trials"
                                          : "was active in no trial");
        break;
    case HONE_EFFECT_SCARCE:
        hone_buf_printf(cell, "active in %llu trials, too few",
                        (unsigned long long)effect->n);
        break;
    case HONE_EFFECT_TOLD:
    default:
        if (effect->best_low.kind == HONE_ABSENT) {
            break;
        }
        put_value(cell, &effect->best_low);
        if (!hone_value_equal(&effect->best_low, &effect->best_high)) {
            hone_buf_puts(cell, " .. ");
            put_value(cell, &effect->best_high);
        }
        break;
    }
}

static void put_share(struct table *table, hone_buf *cell, double share)
{
    if (!isnan(share)) {
        hone_buf_printf(cell, "%.1f %%", 100 * share);
    }
    put_cell(table, cell);
}

static void put_row(struct table *table, hone_buf *cell, const hone_effect *effect)
{
    put_share(table, cell, effect->share);
    if (!isnan(effect->low)) {
        hone_buf_printf(cell, "%.1f - %.1f", 100 * effect->low, 100 * effect->high);
    }
    put_cell(table, cell);
    int bar = effect->state == HONE_EFFECT_TOLD ? (int)lround(effect->share * BAR) : 0;
    for (int i = 0; i < bar; i++) {
        hone_buf_putc(cell, '#');
    }
    put_cell(table, cell);
    put_verdict(cell, effect);
    put_cell(table, cell);
}

static bool is_conditional(const hone_importance *importance)
{
    for (uint32_t i = 0; i < importance->n_params; i++) {
        if (importance->params[i].n < importance->n) {
            return true;
        }
    }
    return false;
}

static void put_active(struct table *table, hone_buf *cell, const hone_effect *effect,
                       const hone_importance *importance)
{
    if (!is_conditional(importance)) {
        return;
    }
    hone_buf_printf(cell, "%.0f %%", 100 * (double)effect->n / (double)importance->n);
    put_cell(table, cell);
}

static void put_rows(struct table *table, const struct importance_view *view)
{
    const hone_importance *importance = view->importance;
    hone_buf cell;
    hone_buf_init(&cell, MAX_TEXT);
    for (uint32_t i = 0; i < importance->n_params; i++) {
        const hone_effect *effect = &importance->params[i];
        hone_table_cell(table, view->space->params[effect->param].name);
        put_active(table, &cell, effect, importance);
        put_row(table, &cell, effect);
    }
    for (uint32_t i = 0; i < importance->n_pairs; i++) {
        const hone_effect *effect = &importance->pairs[i];
        if (effect->state != HONE_EFFECT_TOLD) {
            continue;
        }
        hone_buf_printf(&cell, "%s x %s", view->space->params[effect->param].name,
                        view->space->params[effect->other].name);
        put_cell(table, &cell);
        put_active(table, &cell, effect, importance);
        put_row(table, &cell, effect);
    }
    hone_buf_release(&cell);
}

static void put_table(const struct importance_view *view, struct out *out, int width)
{
    struct table table;
    hone_table_init(&table);
    hone_table_column(&table, "parameter", ALIGN_LEFT);
    if (is_conditional(view->importance)) {
        hone_table_column(&table, "active", ALIGN_RIGHT);
    }
    hone_table_column(&table, "importance", ALIGN_RIGHT);
    hone_table_column(&table, "95 % interval", ALIGN_RIGHT);
    hone_table_column(&table, "", ALIGN_LEFT);
    hone_table_column(&table, "best", ALIGN_LEFT);
    put_rows(&table, view);
    hone_table_write(&table, out, width);
    hone_table_release(&table);
}

/* ---- the lines around it ---- */

static void put_model(hone_buf *text, const struct importance_view *view)
{
    const hone_importance *importance = view->importance;
    unsigned long long n = importance->n, n_tops = importance->n_tops;
    switch (importance->model) {
    case HONE_MODEL_FACTORIAL:
        hone_buf_printf(text,
                        "shares of the variance, exact means of a full grid of %llu "
                        "trials\n",
                        n);
        break;
    case HONE_MODEL_DENSITY:
        hone_buf_printf(text,
                        "what sets the best %llu of %llu trials apart (ped-anova)\n",
                        n_tops, n);
        break;
    case HONE_MODEL_FOREST:
    default:
        hone_buf_printf(text, "shares of the variance, by a forest of %llu trials", n);
        if (!isnan(importance->explained)) {
            hone_buf_printf(text, " that explains %.0f %% of it",
                            100 * fmax(importance->explained, 0));
        }
        hone_buf_putc(text, '\n');
        break;
    }
}

static void put_notes(hone_buf *text, const struct importance_view *view)
{
    const hone_importance *importance = view->importance;
    hone_buf left;
    hone_buf_init(&left, MAX_TEXT);
    hone_importance_put_left_out(view, &left);
    if (importance->model != HONE_MODEL_DENSITY && isnan(importance->outlying)) {
        hone_buf_puts(text, "the objective is the same in all trials\n");
    }
    if (importance->rest >= 0.0005) {
        hone_buf_printf(text, "%.1f %% is due to no parameter or pair of them alone\n",
                        100 * importance->rest);
    }
    if (importance->explained < LITTLE) {
        hone_buf_puts(text, "the forest explains little: more trials may show more\n");
    }
    if (importance->model != HONE_MODEL_DENSITY && importance->n >= 50 &&
        importance->outlying > MUCH) {
        hone_buf_printf(text,
                        "the worst 2 %% of the trials make %.0f %% of the variance; "
                        "--top 0.9 leaves them no such weight\n",
                        100 * importance->outlying);
    }
    if (importance->n_used < importance->n) {
        hone_buf_printf(text, "a random %llu of the %llu trials were used\n",
                        (unsigned long long)importance->n_used,
                        (unsigned long long)importance->n);
    }
    if (left.len > 0) {
        hone_buf_printf(text, "left out: %s\n", hone_buf_text(&left));
    }
    hone_buf_release(&left);
}

void hone_importance_put_text(const struct importance_view *view, struct out *out,
                              int width)
{
    hone_buf text;
    hone_buf_init(&text, MAX_TEXT);
    hone_buf_printf(&text, "%s of %s, %s: ", view->objective->name, view->sweep->name,
                    view->objective->maximize ? "maximize" : "minimize");
    put_model(&text, view);
    hone_out_buf(out, &text);
    put_table(view, out, width);
    hone_buf_reset(&text);
    put_notes(&text, view);
    hone_out_buf(out, &text);
    hone_buf_release(&text);
}
