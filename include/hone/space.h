/* The search space: an ordered, immutable list of parameters, and configurations in it.
 *
 * The only place for the mathematics of distributions, steps, quantisation and choices.
 * Strategies see every parameter through two maps: `draw` from u in [0,1) (the inverse
 * distribution function) and, where a parameter has finitely many levels, `level`. */
#ifndef HONE_SPACE_H
#define HONE_SPACE_H

#include <stdbool.h>
#include <stdint.h>

#include <hone/value.h>

/* W&B's distributions, with its names in lower case (hone_distribution_name). */
typedef enum hone_distribution {
    HONE_CONSTANT,
    HONE_CATEGORICAL, /* uniform over values; with probabilities where these are given */
    HONE_INT_UNIFORM, /* min..max, both included */
    HONE_UNIFORM,     /* real */
    HONE_Q_UNIFORM,
    HONE_LOG_UNIFORM,   /* deprecated: min and max are exponents of e */
    HONE_Q_LOG_UNIFORM, /* deprecated, likewise */
    HONE_INV_LOG_UNIFORM,
    HONE_LOG_UNIFORM_VALUES,
    HONE_Q_LOG_UNIFORM_VALUES,
    HONE_INV_LOG_UNIFORM_VALUES,
    HONE_NORMAL,
    HONE_Q_NORMAL,
    HONE_LOG_NORMAL,
    HONE_Q_LOG_NORMAL,
    HONE_BETA,
    HONE_Q_BETA,
    HONE_STEPPED, /* hone's `step` and `count`: finitely many evenly spaced levels */
    HONE_N_DISTRIBUTIONS
} hone_distribution;

/* One clause of `when`: parameter `param` exists and has one of the values. A condition
 * is the conjunction of its clauses. */
typedef struct hone_clause {
    uint32_t param; /* index into the space */
    uint32_t n_values;
    const hone_value *values;
} hone_clause;

/* Evenly spaced levels in exact decimals: level i is (first + i * step) / 10^decimals.
 * 0.1 to 0.3 by 0.1 is {first = 1, step = 1, decimals = 1, n = 3}. With `log` (or bounds
 * that no int64 holds) the levels are computed from min and max instead. */
typedef struct hone_steps {
    uint64_t n; /* number of levels, 0 where the parameter has no step and no count */
    int64_t first, step;
    uint32_t decimals;
    bool log;     /* evenly spaced in the logarithm */
    bool decimal; /* first, step and decimals hold; else min, max, n */
    bool integer; /* levels are integers (min, max and step were) */
} hone_steps;

/* One dimension. Immutable; everything pointed to belongs to the space's owner. */
typedef struct hone_param {
    const char *name;        /* keys joined by dots: "optimizer.lr" */
    const char *const *path; /* the keys, outermost first; a plain key may hold dots */
    uint32_t depth;          /* number of keys, at least 1 */
    hone_distribution distribution;
    double min, max;           /* finite; of LOG_UNIFORM and its kin: exponents */
    double mu, sigma, a, b, q; /* as the distribution has them */
    bool q_integer;            /* q was an integer: so are the results */
    uint32_t n_values;         /* CONSTANT: 1; CATEGORICAL: at least 1, all distinct */
    const hone_value *values;
    const double *probabilities; /* n_values of them, sum 1; NULL: uniform */
    hone_steps steps;
    hone_value
        fallback; /* `default`: what older trials are taken to have had; ABSENT: none */
    uint32_t n_clauses; /* 0: the parameter always exists */
    const hone_clause *clauses;
    int line, column; /* of its key in the spec, from 1; 0 where there is no file */
} hone_param;

typedef struct hone_expr hone_expr; /* a constraint, compiled; see model/expr.h */

/* Parameters in the order of a grid: plain names sorted by code point, then nested
 * groups, each sorted again inside (W&B's order). */
typedef struct hone_space {
    uint32_t n;
    const hone_param *params;
    uint32_t n_constraints;
    const hone_expr *const *constraints;
} hone_space;

/* One value per parameter of a space; ABSENT where its condition does not hold. */
typedef struct hone_config {
    uint32_t n;
    hone_value values[];
} hone_config;

/* "q_log_uniform_values"; "stepped" is hone's own. NULL outside the enumeration. */
HONE_API const char *hone_distribution_name(hone_distribution distribution);

/* Bytes of a configuration of this space. */
HONE_API size_t hone_config_size(const hone_space *space);

/* The value at u in [0,1): the inverse distribution function, quantised (round half to
 * even, W&B's) and, where it is continuous, rounded to 12 significant digits, so that
 * machines whose libm differ in the last place draw the same numbers. Where the quantile
 * of 0 is infinite, u = 0 stands for half a step of 2^-53. Text and lists are borrowed
 * from the space. */
HONE_API hone_value hone_param_draw(const hone_param *param, double u);

/* An interval of [0,1]. */
typedef struct hone_span {
    double low, high;
} hone_span;

/* The u that draw this value: an interval where finitely many values are drawn, else a
 * point. A number outside the bounds is taken for the nearer one; for what the parameter
 * cannot have at all it is all of [0,1]. */
HONE_API hone_span hone_param_span(const hone_param *param, const hone_value *value);

/* Number of distinct values that `hone_param_draw` can give; UINT64_MAX where endless. */
HONE_API uint64_t hone_param_support(const hone_param *param);
/* The i-th of them in ascending order (choices in the order of the file), i < support. */
HONE_API hone_value hone_param_support_value(const hone_param *param, uint64_t i);

/* Number of levels in a grid (W&B's q_uniform leaves the upper end out), 0 where the
 * distribution has none (choices with probabilities among them) and a grid must refuse
 * it. */
HONE_API uint64_t hone_param_levels(const hone_param *param);
HONE_API hone_value hone_param_level(const hone_param *param, uint64_t i);

/* Whether parameter `i` exists, given the values of the parameters that it depends on. */
HONE_API bool hone_param_active(const hone_space *space, uint32_t i,
                                const hone_config *config);

/* Whether the configuration keeps every constraint; one that cannot be evaluated because
 * a parameter in it is absent is kept. */
HONE_API bool hone_config_allowed(const hone_space *space, const hone_config *config);

/* Whether the parameter can have this value. */
HONE_API bool hone_param_allows(const hone_param *param, const hone_value *value);

/* Whether the configuration is a point of the space: each value one that its parameter
 * can have, absent where its condition says so, every constraint kept. */
HONE_API bool hone_config_member(const hone_space *space, const hone_config *config);

typedef struct hone_identity {
    uint64_t high, low;
} hone_identity;

/* The canonical identity: equal for equal configurations (hone_value_equal for each
 * parameter, by name), whatever the spelling; XXH3-128 of a canonical encoding. */
HONE_API hone_identity hone_config_identity(const hone_space *space,
                                            const hone_config *config);

/* The order in which conditions can be decided: every parameter after those its clauses
 * name, otherwise as in the space. `order` has room for space->n indices.
 * Errors: HONE_ESPEC where conditions go in a circle; HONE_ENOMEM. */
HONE_API HONE_MUST_CHECK int hone_space_order(const hone_space *space, uint32_t *order,
                                              hone_error *err);

#endif
