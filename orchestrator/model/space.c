/* Names of distributions, conditions and constraints of a configuration. */
#include <hone/space.h>

#include <assert.h>

#include "model/expr.h"

#include "base/banned.h"

const char *hone_distribution_name(hone_distribution distribution)
{
    static const char *const names[HONE_N_DISTRIBUTIONS] = {
        [HONE_CONSTANT] = "constant",
        [HONE_CATEGORICAL] = "categorical",
        [HONE_INT_UNIFORM] = "int_uniform",
        [HONE_UNIFORM] = "uniform",
        [HONE_Q_UNIFORM] = "q_uniform",
        [HONE_LOG_UNIFORM] = "log_uniform",
        [HONE_Q_LOG_UNIFORM] = "q_log_uniform",
        [HONE_INV_LOG_UNIFORM] = "inv_log_uniform",
        [HONE_LOG_UNIFORM_VALUES] = "log_uniform_values",
        [HONE_Q_LOG_UNIFORM_VALUES] = "q_log_uniform_values",
        [HONE_INV_LOG_UNIFORM_VALUES] = "inv_log_uniform_values",
        [HONE_NORMAL] = "normal",
        [HONE_Q_NORMAL] = "q_normal",
        [HONE_LOG_NORMAL] = "log_normal",
        [HONE_Q_LOG_NORMAL] = "q_log_normal",
        [HONE_BETA] = "beta",
        [HONE_Q_BETA] = "q_beta",
        [HONE_STEPPED] = "stepped",
    };
    return (unsigned)distribution < HONE_N_DISTRIBUTIONS ? names[distribution] : NULL;
}

size_t hone_config_size(const hone_space *space)
{
    return sizeof(hone_config) + space->n * sizeof(hone_value);
}

static bool holds_clause(const hone_clause *clause, const hone_config *config)
{
    assert(clause->param < config->n);
    const hone_value *value = &config->values[clause->param];
    if (value->kind == HONE_ABSENT) {
        return false;
    }
    for (uint32_t i = 0; i < clause->n_values; i++) {
        if (hone_value_equal(value, &clause->values[i])) {
            return true;
        }
    }
    return false;
}

bool hone_param_active(const hone_space *space, uint32_t i, const hone_config *config)
{
    assert(i < space->n && config->n == space->n);
    const hone_param *param = &space->params[i];
    for (uint32_t k = 0; k < param->n_clauses; k++) {
        if (!holds_clause(&param->clauses[k], config)) {
            return false;
        }
    }
    return true;
}

static hone_value find_value(void *arg, uint32_t id)
{
    const hone_config *config = arg;
    assert(id < config->n);
    return config->values[id];
}

bool hone_config_allowed(const hone_space *space, const hone_config *config)
{
    for (uint32_t i = 0; i < space->n_constraints; i++) {
        /* hone_expr_test hands its argument on untouched, find_value only reads it. */
        if (hone_expr_test(space->constraints[i], find_value,
                           (void *)(uintptr_t)config) == HONE_FALSE) {
            return false;
        }
    }
    return true;
}
