/* What stands around a number: the operator before it, and what its end says about it. */
#ifndef HONE_OUTPUT_AROUND_H
#define HONE_OUTPUT_AROUND_H

#include <stdbool.h>

#include "output/number.h"

/* What stands before a number. */
typedef enum hone_lead {
    HONE_LEAD_NONE,
    HONE_LEAD_EQUALS,       /* name=0.1 */
    HONE_LEAD_EQUALS_APART, /* name = 0.1 */
    HONE_LEAD_COLON,        /* name: 0.1 */
    HONE_LEAD_COLON_TIGHT,  /* name:0.1 */
    HONE_LEAD_WORD,         /* name 0.1 */
    HONE_LEAD_BRACKET,      /* [0 */
    HONE_LEAD_PIPE          /* | 0.1 */
} hone_lead;

/* What follows a number. */
typedef enum hone_after {
    HONE_AFTER_END,     /* the line's end, a separator, the next name */
    HONE_AFTER_WORD,    /* a blank and a word that is no unit */
    HONE_AFTER_UNIT,    /* a unit: 12 ms */
    HONE_AFTER_PERCENT, /* % */
    HONE_AFTER_RATIO,   /* /10000 */
    HONE_AFTER_COLON,   /* : and a blank */
    HONE_AFTER_GLUED,   /* a letter: 0.1passed, 12ms */
    HONE_AFTER_JUNK     /* it is part of something else: a date, a version, a list */
} hone_after;

/* Where the number's text begins when its first digit is at `at`: a sign and a leading
 * point belong to it. */
const char *hone_number_start(const char *line, const char *at);

/* The operator before `at`; `*name_end` is where a name before it would end. */
hone_lead hone_lead_judge(const char *line, const char *at, const char **name_end);

/* What stands before a number, with the quote or the tensor( round it left out. */
typedef struct hone_ahead {
    const char *start; /* of the number's text */
    hone_lead lead;
    const char *name_end;
} hone_ahead;

/* Of the number whose first digit, or nan, is at `at`. */
hone_ahead hone_ahead_judge(const char *line, const char *at);

/* What follows a number that ends at `at`. What ends a line may stand for its end. */
hone_after hone_after_judge(const char *at, const char *end);

/* The type in front of a parenthesis when it wraps a number: tensor(0.5),
 * np.float64(0.5). `inner` is behind the parenthesis. Returns the start of the type, and
 * `inner` where it is no number's. */
const char *hone_wrapper_skip_back(const char *line, const char *inner);

/* 9876/10000 (99%), from the slash: the percentage stands for the ratio. */
bool hone_ratio_read(const char *at, const char *end, hone_number *number);

/* Where a token ends: what is junk is skipped whole, so that no part of it counts. */
const char *hone_token_skip(const char *at, const char *end);

#endif
