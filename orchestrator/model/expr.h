/* Expressions over parameters: the language of `constraints` (and of `--where`).
 *
 *   or      := and ("or" and)*            and := not ("and" not)*
 *   not     := "not" not | compare
 *   compare := sum (("<" "<=" ">" ">=" "==" "!=" "in" "not in") sum)*        (chained)
 *   sum     := product (("+" "-") product)*
 *   product := unary (("*" "/" "//" "%") unary)*       unary := "-" unary | power
 *   power   := atom ("**" unary)?
 *   atom    := number | string | name | true | false | null | "(" or ")" | "[" or,* "]"
 *            | min(..) max(..) abs(x) log(x) sqrt(x)
 *
 * A name is a parameter's ("lr", "optimizer.lr") or, in backquotes, any text. `&&`, `||`
 * and `!` are taken too, and True, False and None. It means what it means in Python:
 * integers stay integers, // and % round down, `and` and `or` give an operand. Comparing
 * text with a number is false (with != true), never an error. Where Python would raise
 * (1 / 0, log(0), text in arithmetic) the result is NaN, with which every comparison is
 * false, != included, and which is false itself. */
#ifndef HONE_MODEL_EXPR_H
#define HONE_MODEL_EXPR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hone/error.h>
#include <hone/value.h>

#include "base/arena.h"

typedef struct hone_expr hone_expr;

/* Resolves a name to a number that `value` understands, or returns -1. */
typedef struct hone_expr_names {
    int64_t (*find)(void *arg, const char *name, size_t len);
    void *arg;
} hone_expr_names;

/* The value of name `id` at evaluation. ABSENT makes all that depends on it UNKNOWN: any
 * operation and comparison, and `and` and `or` where their answer hangs on it (false and
 * UNKNOWN is false, true or UNKNOWN is true). */
typedef hone_value (*hone_expr_value)(void *arg, uint32_t id);

typedef enum hone_truth { HONE_FALSE, HONE_TRUE, HONE_UNKNOWN } hone_truth;

enum { HONE_EXPR_MAX_BYTES = 4096, HONE_EXPR_MAX_DEPTH = 64 };

/* Parses `text`; the result lives in `arena`. Errors: HONE_ESYNTAX (also for an unknown
 * name), with *offset (which may be NULL) the byte in `text`; HONE_ENOMEM. `text` may be
 * freed afterwards. */
HONE_MUST_CHECK int hone_expr_parse(const char *text, size_t len,
                                    const hone_expr_names *names, hone_arena *arena,
                                    const hone_expr **out, size_t *offset,
                                    hone_error *err);
/* Allocates nothing; the same expression may be tested from several threads. */
hone_truth hone_expr_test(const hone_expr *expr, hone_expr_value value, void *arg);
/* Calls `visit` with each name's id, in order of appearance, repeats included. */
void hone_expr_visit(const hone_expr *expr, void (*visit)(void *arg, uint32_t id),
                     void *arg);
/* As it was written; lives as long as the expression. */
const char *hone_expr_text(const hone_expr *expr);

#endif
