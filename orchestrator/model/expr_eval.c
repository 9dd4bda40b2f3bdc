/* Evaluates expressions, as Python would where it has an answer.
 *
 *   hone_expr_test  hone_expr_visit  hone_node_value
 *
 * Three-valued: ABSENT stands for "unknown" and passes through arithmetic, functions and
 * comparisons; `and` and `or` give the answer that no value of the unknown could change.
 * Where Python would raise (division by zero, text in arithmetic, the logarithm of 0) the
 * result is NaN, and every comparison with NaN is false. Integers that leave int64 go on
 * as doubles. Nothing is allocated, no recursion is deeper than the tree. */
#include "model/expr.h"

#include <assert.h>
#include <math.h>

#include "model/expr_operand.h"
#include "base/banned.h"

struct scope {
    hone_expr_value value;
    void *arg;
};

static hone_value eval(const hone_node *node, const struct scope *scope);

static hone_value value_of_truth(hone_truth truth)
{
    if (truth == HONE_UNKNOWN)
        return (hone_value){.kind = HONE_ABSENT};
    return hone_value_bool(truth == HONE_TRUE);
}

/* Python's truth, but NaN is false: what could not be computed allows nothing. */
static hone_truth truth_of(const hone_value *value)
{
    bool truth = false;
    switch (value->kind) {
    case HONE_ABSENT:
        return HONE_UNKNOWN;
    case HONE_NULL:
        break;
    case HONE_BOOL:
        truth = value->boolean;
        break;
    case HONE_INT:
        truth = value->integer != 0;
        break;
    case HONE_REAL:
        truth = value->real != 0 && !isnan(value->real);
        break;
    case HONE_TEXT:
    case HONE_LIST:
    case HONE_MAP:
        truth = value->n > 0;
        break;
    }
    return truth ? HONE_TRUE : HONE_FALSE;
}

static bool is_absent(const hone_value *value)
{
    return value->kind == HONE_ABSENT;
}

static hone_value eval_arithmetic(const hone_node *node, const struct scope *scope)
{
    hone_value result = eval(node->first, scope);
    for (const hone_node *child = node->first->next; child != NULL; child = child->next) {
        hone_value right = eval(child, scope);
        result = hone_operand_join(child->join, &result, &right);
    }
    return result;
}

/* `value in [a, b]` where the list has names in it: its items are evaluated one by one.
 */
static hone_truth test_listed(const hone_value *value, const hone_node *list,
                              const struct scope *scope)
{
    bool in = list->join == HONE_JOIN_IN;
    bool unknown = false;
    if (is_absent(value))
        return HONE_UNKNOWN;
    if (hone_operand_is_nan(value))
        return HONE_FALSE;
    for (const hone_node *child = list->first; child != NULL; child = child->next) {
        hone_value item = eval(child, scope);
        if (is_absent(&item))
            unknown = true;
        else if (hone_operand_compare(HONE_JOIN_EQUAL, value, &item))
            return in ? HONE_TRUE : HONE_FALSE;
    }
    if (unknown)
        return HONE_UNKNOWN;
    return in ? HONE_FALSE : HONE_TRUE;
}

/* a < b < c: every neighbouring pair must hold, each operand is evaluated once. */
static hone_value eval_compare(const hone_node *node, const struct scope *scope)
{
    hone_truth result = HONE_TRUE;
    hone_value left = eval(node->first, scope);
    for (const hone_node *child = node->first->next; child != NULL; child = child->next) {
        bool listed = child->kind == HONE_NODE_LIST &&
                      (child->join == HONE_JOIN_IN || child->join == HONE_JOIN_NOT_IN);
        hone_truth truth = HONE_UNKNOWN;
        hone_value right = eval(child, scope);
        if (listed)
            truth = test_listed(&left, child, scope);
        else if (!is_absent(&left) && !is_absent(&right))
            truth =
                hone_operand_compare(child->join, &left, &right) ? HONE_TRUE : HONE_FALSE;
        if (truth == HONE_FALSE)
            return hone_value_bool(false);
        if (truth == HONE_UNKNOWN)
            result = HONE_UNKNOWN;
        left = right;
    }
    return value_of_truth(result);
}

/* The operand that decides, as in Python: `or` gives the first true one, `and` the first
 * false one, else the last; unknown where an unknown one might have decided. */
static hone_value eval_logic(const hone_node *node, const struct scope *scope)
{
    hone_truth decisive = node->kind == HONE_NODE_OR ? HONE_TRUE : HONE_FALSE;
    hone_value value = {.kind = HONE_ABSENT};
    bool unknown = false;
    for (const hone_node *child = node->first; child != NULL; child = child->next) {
        value = eval(child, scope);
        hone_truth truth = truth_of(&value);
        if (truth == decisive)
            return value;
        unknown = unknown || truth == HONE_UNKNOWN;
    }
    return unknown ? (hone_value){.kind = HONE_ABSENT} : value;
}

static hone_value eval_extreme(const hone_node *node, const struct scope *scope)
{
    hone_join better = node->kind == HONE_NODE_MIN ? HONE_JOIN_LESS : HONE_JOIN_MORE;
    hone_value best = eval(node->first, scope);
    bool unknown = is_absent(&best), number = hone_operand_is_number(&best);
    for (const hone_node *child = node->first->next; child != NULL; child = child->next) {
        hone_value value = eval(child, scope);
        unknown = unknown || is_absent(&value);
        number = number && hone_operand_is_number(&value);
        if (number && hone_operand_compare(better, &value, &best))
            best = value;
    }
    if (unknown)
        return (hone_value){.kind = HONE_ABSENT};
    return number ? best : hone_value_real(NAN);
}

static hone_value eval_function(const hone_node *node, const struct scope *scope)
{
    hone_value value = eval(node->first, scope);
    double x;
    if (is_absent(&value))
        return value;
    if (!hone_value_number(&value, &x))
        return hone_value_real(NAN);
    switch ((int)node->kind) {
    case HONE_NODE_ABS:
        return x < 0 ? hone_operand_negate(&value) : value;
    case HONE_NODE_LOG:
        return hone_value_real(x > 0 ? log(x) : NAN);
    case HONE_NODE_SQRT:
        return hone_value_real(x >= 0 ? sqrt(x) : NAN);
    default:
        return hone_value_real(NAN);
    }
}

static hone_value eval_prefix(const hone_node *node, const struct scope *scope)
{
    hone_value value = eval(node->first, scope);
    if (node->kind == HONE_NODE_NEGATE)
        return hone_operand_negate(&value);
    hone_truth truth = truth_of(&value);
    if (truth == HONE_UNKNOWN)
        return value;
    return hone_value_bool(truth == HONE_FALSE);
}

static hone_value eval(const hone_node *node, const struct scope *scope)
{
    switch (node->kind) {
    case HONE_NODE_CONST:
        return node->value;
    case HONE_NODE_NAME:
        return scope->value(scope->arg, node->id);
    case HONE_NODE_NOT:
    case HONE_NODE_NEGATE:
        return eval_prefix(node, scope);
    case HONE_NODE_OR:
    case HONE_NODE_AND:
        return eval_logic(node, scope);
    case HONE_NODE_COMPARE:
        return eval_compare(node, scope);
    case HONE_NODE_ARITHMETIC:
        return eval_arithmetic(node, scope);
    case HONE_NODE_MIN:
    case HONE_NODE_MAX:
        return eval_extreme(node, scope);
    case HONE_NODE_ABS:
    case HONE_NODE_LOG:
    case HONE_NODE_SQRT:
        return eval_function(node, scope);
    case HONE_NODE_LIST:
        break; /* anywhere but right of `in` it has no value */
    }
    return hone_value_real(NAN);
}

hone_value hone_node_value(const hone_node *node)
{
    const struct scope nothing = {0};
    return eval(node, &nothing);
}

hone_truth hone_expr_test(const hone_expr *expr, hone_expr_value value, void *arg)
{
    const struct scope scope = {.value = value, .arg = arg};
    assert(value != NULL || expr->first_name == NULL);
    hone_value result = eval(expr->root, &scope);
    return truth_of(&result);
}

const char *hone_expr_text(const hone_expr *expr)
{
    return expr->text;
}

void hone_expr_visit(const hone_expr *expr, void (*visit)(void *arg, uint32_t id),
                     void *arg)
{
    for (const hone_node *node = expr->first_name; node != NULL; node = node->next_name)
        visit(arg, node->id);
}
