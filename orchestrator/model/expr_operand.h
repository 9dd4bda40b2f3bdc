/* What the operators of an expression do with two values; see expr_eval.c for the rules.
 */
#ifndef HONE_MODEL_EXPR_OPERAND_H
#define HONE_MODEL_EXPR_OPERAND_H

#include <stdbool.h>

#include "model/expr_node.h"

/* a join b for + - * / // % **: an INT where both are whole and int64 holds the result,
 * else a REAL, NaN where there is no answer; ABSENT where one of them is. */
hone_value hone_operand_join(hone_join join, const hone_value *a, const hone_value *b);
hone_value hone_operand_negate(const hone_value *value);

/* a join b for the comparisons, `in` and `not in`; neither may be ABSENT. */
bool hone_operand_compare(hone_join join, const hone_value *a, const hone_value *b);

bool hone_operand_is_nan(const hone_value *value);
/* A number other than NaN; true and false are numbers, as in Python. */
bool hone_operand_is_number(const hone_value *value);

#endif
