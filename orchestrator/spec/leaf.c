/* One parameter's entry: which distribution it means, and whether it has what that needs.
 *
 * With `distribution` the table of shapes says which keys go with it. Without, the keys
 * themselves tell, by W&B's rules, and by hone's for step, count and scale. */
#include "spec/param.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "spec/nearest.h"
#include "base/banned.h"

#define BIT(key) (1u << HONE_KEY_##key)

static const hone_field key_fields[] = {
#define XX(name, text) {text, HONE_FIELD_NOTHING, NULL, NULL},
    HONE_KEY_MAP(XX)
#undef XX
        {NULL, HONE_FIELD_READ, NULL, NULL},
};

/* What a distribution wants of its entry. */
typedef struct shape {
    const char *name;
    hone_distribution distribution;
    unsigned needs, takes; /* keys */
    bool positive;         /* min > 0 */
    const char *cure;      /* deprecated: what to use */
} shape;

#define RANGE (BIT(MIN) | BIT(MAX))
#define BELL  (BIT(MU) | BIT(SIGMA))
#define SHAPE(text, id, needed, taken)                                                   \
    {                                                                                    \
        .name = text, .distribution = HONE_##id, .needs = needed, .takes = taken         \
    }
#define POSITIVE(text, id, taken)                                                        \
    {                                                                                    \
        .name = text, .distribution = HONE_##id, .needs = RANGE, .takes = taken,         \
        .positive = true                                                                 \
    }
#define DEPRECATED(text, id, taken)                                                      \
    {                                                                                    \
        .name = text, .distribution = HONE_##id, .needs = RANGE, .takes = taken,         \
        .cure = text "_values"                                                           \
    }

static const shape shapes[] = {
    SHAPE("constant", CONSTANT, BIT(VALUE), 0),
    SHAPE("categorical", CATEGORICAL, BIT(VALUES), BIT(PROBABILITIES)),
    SHAPE("categorical_w_probabilities", CATEGORICAL, BIT(VALUES) | BIT(PROBABILITIES),
          0),
    SHAPE("int_uniform", INT_UNIFORM, RANGE, 0),
    SHAPE("uniform", UNIFORM, RANGE, 0),
    SHAPE("q_uniform", Q_UNIFORM, RANGE, BIT(Q)),
    DEPRECATED("log_uniform", LOG_UNIFORM, 0),
    DEPRECATED("q_log_uniform", Q_LOG_UNIFORM, BIT(Q)),
    DEPRECATED("inv_log_uniform", INV_LOG_UNIFORM, 0),
    POSITIVE("log_uniform_values", LOG_UNIFORM_VALUES, 0),
    POSITIVE("q_log_uniform_values", Q_LOG_UNIFORM_VALUES, BIT(Q)),
    POSITIVE("inv_log_uniform_values", INV_LOG_UNIFORM_VALUES, 0),
    SHAPE("normal", NORMAL, 0, BELL),
    SHAPE("q_normal", Q_NORMAL, 0, BELL | BIT(Q)),
    SHAPE("log_normal", LOG_NORMAL, 0, BELL),
    SHAPE("q_log_normal", Q_LOG_NORMAL, 0, BELL | BIT(Q)),
    SHAPE("beta", BETA, 0, BIT(A) | BIT(B)),
    SHAPE("q_beta", Q_BETA, 0, BIT(A) | BIT(B) | BIT(Q)),
};
enum { N_SHAPES = sizeof shapes / sizeof shapes[0] };

static const char *shape_name_at(const void *arg, uint32_t i)
{
    (void)arg;
    return i < N_SHAPES ? shapes[i].name : NULL;
}

static const shape *find_shape(const char *name)
{
    for (size_t i = 0; i < N_SHAPES; i++)
        if (strcmp(shapes[i].name, name) == 0)
            return &shapes[i];
    return NULL;
}

const char *hone_leaf_what(hone_leaf *leaf, hone_key key)
{
    const char *what = hone_read_format(leaf->reader, "%.80s.%s", leaf->param->name,
                                        key_fields[key].name);
    return what != NULL ? what : key_fields[key].name;
}

bool hone_leaf_number(hone_leaf *leaf, hone_key key, double *number)
{
    hone_value *value = &leaf->numbers[key];
    assert(leaf->nodes[key] != NULL);
    return hone_read_number(leaf->reader, leaf->nodes[key], hone_leaf_what(leaf, key),
                            value) &&
           hone_value_number(value, number);
}

static unsigned given_keys(const hone_leaf *leaf)
{
    unsigned given = 0;
    for (unsigned key = 0; key < HONE_N_KEYS; key++)
        if (leaf->nodes[key] != NULL && key != HONE_KEY_WHEN && key != HONE_KEY_DEFAULT)
            given |= 1u << key;
    return given;
}

/* An unknown key that holds a mapping is mostly a parameter indented too deep. */
static void refuse_key(hone_leaf *leaf, const hone_node_pair *pair)
{
    hone_reader *reader = leaf->reader;
    const char *name = leaf->param->name;
    if (pair->value->kind == HONE_NODE_MAP) {
        hone_read_error(reader, pair->key,
                        "%.60s has no key %.60s; is it a parameter that is indented too "
                        "deep",
                        name, pair->key->text);
        return;
    }
    const char *where = hone_read_format(reader, "%.60s.", name);
    hone_read_stranger(reader, pair->key, key_fields, where != NULL ? where : "",
                       HONE_STRANGER_WARNING);
}

static void find_keys(hone_leaf *leaf, const hone_node *entry)
{
    for (uint32_t i = 0; i < entry->n; i++) {
        unsigned key = 0;
        while (key < HONE_N_KEYS &&
               strcmp(key_fields[key].name, entry->pairs[i].key->text) != 0)
            key++;
        if (key < HONE_N_KEYS)
            leaf->nodes[key] = entry->pairs[i].value;
        else
            refuse_key(leaf, &entry->pairs[i]);
    }
}

/* Checks that exactly the keys of the shape are there. */
static bool check_keys(hone_leaf *leaf, const shape *wanted)
{
    unsigned given = given_keys(leaf) & ~BIT(DISTRIBUTION);
    bool good = true;
    for (unsigned key = 0; key < HONE_N_KEYS; key++) {
        unsigned bit = 1u << key;
        if ((wanted->needs & bit) != 0 && (given & bit) == 0) {
            hone_read_error(leaf->reader, leaf->key,
                            "%.60s needs %s, as distribution %s has it",
                            leaf->param->name, key_fields[key].name, wanted->name);
            good = false;
        } else if ((given & bit) != 0 && ((wanted->needs | wanted->takes) & bit) == 0) {
            hone_read_error(leaf->reader, leaf->nodes[key],
                            "%s has no place with distribution %s",
                            hone_leaf_what(leaf, (hone_key)key), wanted->name);
            good = false;
        }
    }
    return good;
}

/* A number with a default and a lower limit, which `strict` excludes. */
typedef struct setting {
    hone_key key;
    double fallback, limit;
    bool strict;
} setting;

static bool read_setting(hone_leaf *leaf, setting wanted, double *number)
{
    *number = wanted.fallback;
    if (leaf->nodes[wanted.key] == NULL)
        return true;
    if (!hone_leaf_number(leaf, wanted.key, number))
        return false;
    if (*number > wanted.limit || (!wanted.strict && *number >= wanted.limit))
        return true;
    hone_read_error(leaf->reader, leaf->nodes[wanted.key],
                    "%s is %.40s; it must be %s %g", hone_leaf_what(leaf, wanted.key),
                    leaf->nodes[wanted.key]->text, wanted.strict ? "above" : "at least",
                    wanted.limit);
    return false;
}

static bool read_settings(hone_leaf *leaf, const shape *wanted)
{
    hone_param *param = leaf->param;
    bool good = true;
    if ((wanted->takes & BIT(MU)) != 0) {
        good &=
            read_setting(leaf, (setting){HONE_KEY_MU, 0, -INFINITY, true}, &param->mu);
        good &= read_setting(leaf, (setting){HONE_KEY_SIGMA, 1, 0, false}, &param->sigma);
    }
    if ((wanted->takes & BIT(A)) != 0) {
        good &= read_setting(leaf, (setting){HONE_KEY_A, 1, 0, true}, &param->a);
        good &= read_setting(leaf, (setting){HONE_KEY_B, 1, 0, true}, &param->b);
    }
    if ((wanted->takes & BIT(Q)) != 0) {
        good &= read_setting(leaf, (setting){HONE_KEY_Q, 1, 0, true}, &param->q);
        param->q_integer = leaf->numbers[HONE_KEY_Q].kind == HONE_INT;
    }
    return good;
}

/* Exponents of e whose power no double holds. */
static bool check_exponents(hone_leaf *leaf, const shape *wanted)
{
    bool inverse = wanted->distribution == HONE_INV_LOG_UNIFORM;
    hone_key key = inverse ? HONE_KEY_MIN : HONE_KEY_MAX;
    double exponent = inverse ? -leaf->param->min : leaf->param->max;
    if (isfinite(exp(exponent)))
        return true;
    hone_read_error(
        leaf->reader, leaf->nodes[key],
        "%s is %.40s, an exponent of e whose power is no finite number; use %s",
        hone_leaf_what(leaf, key), leaf->nodes[key]->text, wanted->cure);
    return false;
}

static bool read_range(hone_leaf *leaf, const shape *wanted)
{
    if (!hone_leaf_bounds(leaf))
        return false;
    if (wanted->positive && !hone_leaf_positive_min(leaf))
        return false;
    if (wanted->distribution == HONE_INT_UNIFORM)
        return hone_leaf_integers(leaf);
    return wanted->cure == NULL || check_exponents(leaf, wanted);
}

static bool read_constant(hone_leaf *leaf)
{
    hone_value *value = hone_read_alloc(leaf->reader, sizeof *value);
    if (value == NULL)
        return false;
    *value = hone_read_value(leaf->reader, leaf->nodes[HONE_KEY_VALUE],
                             hone_leaf_what(leaf, HONE_KEY_VALUE));
    leaf->param->values = value;
    leaf->param->n_values = 1;
    return true;
}

static bool read_shape(hone_leaf *leaf, const shape *wanted)
{
    leaf->param->distribution = wanted->distribution;
    if (!check_keys(leaf, wanted))
        return false;
    if (wanted->cure != NULL)
        hone_read_warning(
            leaf->reader, leaf->nodes[HONE_KEY_DISTRIBUTION],
            "%.60s: min and max of %s are exponents of e; %s takes the limits "
            "themselves",
            leaf->param->name, wanted->name, wanted->cure);
    if ((wanted->needs & BIT(VALUE)) != 0)
        return read_constant(leaf);
    if ((wanted->needs & BIT(VALUES)) != 0)
        return hone_leaf_choices(leaf);
    bool good = read_settings(leaf, wanted);
    return ((wanted->needs & RANGE) == 0 || read_range(leaf, wanted)) && good;
}

static bool read_named(hone_leaf *leaf)
{
    const hone_node *node = leaf->nodes[HONE_KEY_DISTRIBUTION];
    const char *name =
        hone_read_text(leaf->reader, node, hone_leaf_what(leaf, HONE_KEY_DISTRIBUTION));
    if (name == NULL)
        return false;
    const shape *wanted = find_shape(name);
    if (wanted != NULL && strcmp(name, "categorical") == 0 &&
        leaf->nodes[HONE_KEY_PROBABILITIES] != NULL)
        hone_read_warning(leaf->reader, node,
                          "%.60s has probabilities; W&B calls that "
                          "categorical_w_probabilities",
                          leaf->param->name);
    if (wanted != NULL)
        return read_shape(leaf, wanted);
    const char *near = hone_nearest(name, shape_name_at, NULL);
    hone_read_error(leaf->reader, node, "unknown distribution %.60s%s%s", name,
                    near != NULL ? "; did you mean " : "", near != NULL ? near : "");
    return false;
}

/* min and max alone: integers if both are, as W&B has it. */
static bool infer_range(hone_leaf *leaf)
{
    double number;
    bool good = hone_leaf_number(leaf, HONE_KEY_MIN, &number);
    good &= hone_leaf_number(leaf, HONE_KEY_MAX, &number);
    if (!good)
        return false;
    bool min_integer = leaf->numbers[HONE_KEY_MIN].kind == HONE_INT;
    bool max_integer = leaf->numbers[HONE_KEY_MAX].kind == HONE_INT;
    bool integer = min_integer && max_integer;
    if (min_integer != max_integer) {
        hone_key key = min_integer ? HONE_KEY_MIN : HONE_KEY_MAX;
        hone_read_warning(
            leaf->reader, leaf->nodes[key],
            "%s is the integer %.40s, the other bound a real, so %.60s is a "
            "real; write %.40s.0",
            hone_leaf_what(leaf, key), leaf->nodes[key]->text, leaf->param->name,
            leaf->nodes[key]->text);
    }
    leaf->param->distribution = integer ? HONE_INT_UNIFORM : HONE_UNIFORM;
    return read_range(leaf, find_shape(integer ? "int_uniform" : "uniform"));
}

/* The keys fit nothing: says what would. */
static bool refuse_keys(hone_leaf *leaf, unsigned given)
{
    static const struct {
        unsigned all; /* of these keys */
        const char *cure;
    } cures[] = {
        {BIT(VALUE) | BIT(VALUES), "value and values exclude each other"},
        {BIT(PARAMETERS), "parameters make a group, which has no other keys but when"},
        {BIT(VALUE), "value stands alone"},
        {BIT(VALUES), "values stand alone, or with probabilities"},
        {RANGE | BIT(Q), "add distribution: q_uniform"},
        {BIT(MU), "add distribution: normal"},
        {BIT(SIGMA), "add distribution: normal"},
        {BIT(A), "add distribution: beta"},
        {BIT(B), "add distribution: beta"},
        {RANGE, "min and max stand alone, or with distribution, step, count or scale"},
        {BIT(MIN), "min needs max"},
        {BIT(MAX), "max needs min"},
        {BIT(PROBABILITIES), "probabilities need values"},
        {0, "it needs value, values, or min and max"},
    };
    size_t i = 0;
    while ((given & cures[i].all) != cures[i].all)
        i++;
    hone_read_error(leaf->reader, leaf->key, "%.60s is no parameter like this; %s",
                    leaf->param->name, cures[i].cure);
    return false;
}

static bool infer(hone_leaf *leaf)
{
    unsigned given = given_keys(leaf);
    if (given == BIT(VALUE))
        return read_shape(leaf, find_shape("constant"));
    if (given == BIT(VALUES) || given == (BIT(VALUES) | BIT(PROBABILITIES)))
        return read_shape(leaf, find_shape("categorical"));
    if (given == RANGE)
        return infer_range(leaf);
    return refuse_keys(leaf, given);
}

/* Checks what stands beside step, count or scale. */
static bool check_stepped(hone_leaf *leaf, unsigned given)
{
    hone_key key = (given & BIT(STEP)) != 0    ? HONE_KEY_STEP
                   : (given & BIT(COUNT)) != 0 ? HONE_KEY_COUNT
                                               : HONE_KEY_SCALE;
    const unsigned mine = RANGE | BIT(STEP) | BIT(COUNT) | BIT(SCALE);
    bool good = true;
    for (unsigned other = 0; other < HONE_N_KEYS; other++) {
        if ((given & (1u << other) & ~mine) == 0)
            continue;
        hone_read_error(leaf->reader, leaf->nodes[key], "%s excludes %s",
                        hone_leaf_what(leaf, key), key_fields[other].name);
        good = false;
    }
    if ((given & BIT(STEP)) != 0 && (given & BIT(COUNT)) != 0) {
        hone_read_error(leaf->reader, leaf->nodes[HONE_KEY_COUNT],
                        "%.60s has step and count; one of them says it",
                        leaf->param->name);
        good = false;
    }
    if (good && (given & RANGE) != RANGE) {
        hone_read_error(leaf->reader, leaf->key, "%.60s has %s, which needs min and max",
                        leaf->param->name, key_fields[key].name);
        good = false;
    }
    return good;
}

static bool read_stepped(hone_leaf *leaf, unsigned given)
{
    static const char *const scales[] = {"linear", "log"};
    int scale = 0;
    if ((given & BIT(SCALE)) != 0)
        scale = hone_read_choice(leaf->reader, leaf->nodes[HONE_KEY_SCALE],
                                 hone_leaf_what(leaf, HONE_KEY_SCALE), scales, 2);
    if (!check_stepped(leaf, given) || scale < 0)
        return false;
    if ((given & BIT(STEP)) != 0 && scale == 1) {
        hone_read_error(leaf->reader, leaf->nodes[HONE_KEY_STEP],
                        "%s goes with a linear scale; a log scale has count",
                        hone_leaf_what(leaf, HONE_KEY_STEP));
        return false;
    }
    if ((given & (BIT(STEP) | BIT(COUNT))) == 0 && scale == 0)
        return infer_range(leaf);
    if (!hone_leaf_bounds(leaf) || (scale == 1 && !hone_leaf_positive_min(leaf)))
        return false;
    leaf->param->distribution = HONE_STEPPED;
    if ((given & BIT(STEP)) != 0)
        return hone_leaf_steps(leaf);
    if ((given & BIT(COUNT)) != 0)
        return hone_leaf_count(leaf, scale == 1);
    leaf->param->distribution = HONE_LOG_UNIFORM_VALUES;
    return true;
}

static bool refuse_entry(hone_reader *reader, const hone_draft *draft)
{
    const hone_node *entry = draft->entry;
    const char *name = draft->param->name;
    if (entry->kind == HONE_NODE_LIST)
        hone_read_error(reader, entry, "%.60s is a list; write {values: [...]}", name);
    else if (hone_node_is_null(entry))
        hone_read_error(reader, draft->key,
                        "%.60s is empty; it needs value, values, or min and max", name);
    else
        hone_read_error(reader, entry, "%.60s is %.40s; write {value: %.40s}", name,
                        entry->text, entry->text);
    return false;
}

/* `default`: what trials are taken to have had that were run before the parameter came.
 */
static bool read_default(hone_leaf *leaf)
{
    const hone_node *node = leaf->nodes[HONE_KEY_DEFAULT];
    hone_param *param = leaf->param;
    char shown[64];
    if (node == NULL)
        return true;
    hone_value value =
        hone_read_value(leaf->reader, node, hone_leaf_what(leaf, HONE_KEY_DEFAULT));
    if (!hone_param_allows(param, &value)) {
        hone_read_error(leaf->reader, node,
                        "%s is %s, which is no value that %.60s can have",
                        hone_leaf_what(leaf, HONE_KEY_DEFAULT),
                        hone_node_show(node, shown), param->name);
        return false;
    }
    param->fallback = value;
    return true;
}

static bool read_entry(hone_reader *reader, hone_draft *draft)
{
    hone_leaf leaf = {.reader = reader, .param = draft->param, .key = draft->key};
    if (draft->entry->kind != HONE_NODE_MAP)
        return refuse_entry(reader, draft);
    find_keys(&leaf, draft->entry);
    unsigned given = given_keys(&leaf);
    bool whole;
    if ((given & (BIT(STEP) | BIT(COUNT) | BIT(SCALE))) != 0)
        whole = read_stepped(&leaf, given);
    else
        whole = (given & BIT(DISTRIBUTION)) != 0 ? read_named(&leaf) : infer(&leaf);
    return whole && read_default(&leaf);
}

void hone_read_leaf(hone_reader *reader, hone_draft *draft)
{
    draft->broken = !read_entry(reader, draft);
}
