/* The forms in which a number is a metric or a step, one function a form. Each is given
 * the place of a number and adds to the finds what it makes of it. */
#ifndef HONE_OUTPUT_FORMS_H
#define HONE_OUTPUT_FORMS_H

#include "output/around.h"
#include "output/name.h"
#include "output/scan.h"

/* Whether hone_form_worded may make a metric, or a step that holds for later lines, of
 * the number at `at` behind `word`, which begins with a letter. What ends a line may
 * stand for its end. */
bool hone_form_matters(const hone_wanted *wanted, hone_name word, const char *at,
                       const char *end);

/* 83.3% correct: the name behind the `%` at `percent`; len 0 where there is none. */
hone_name hone_form_correct(const char *percent, const char *end);

/* One line, as far as it is read. */
typedef struct hone_scan {
    const char *line, *end;
    const hone_wanted *wanted;
    hone_finds *finds;
    const char *after_value; /* behind the number that was found last */
    int calls;               /* open parentheses of calls: SVC(C=1.0 */
    int dict_tries;          /* mappings that were none */
    int bare;                /* numbers without anything before them */
    bool boosted;            /* the line begins with a step in brackets, or 61:\t */
} hone_scan;

/* The name before an operator, which ends at `name_end`; len 0 where there is none.
 * Average Precision (AP) @[ IoU=0.50:0.95 ... ] = 0.5 is named by all of it, and what was
 * found inside is taken back. */
hone_name hone_form_name(hone_scan *scan, const char *name_end, hone_lead lead);

/* loss=0.5, loss: 0.5: a name with an operator before the number. */
void hone_form_named(hone_scan *scan, hone_name name, hone_number *number,
                     hone_lead lead);

/* loss 0.5, step 3: a word, which ends at `name_end`, and a blank before the number. */
void hone_form_worded(hone_scan *scan, const char *name_end, const char *at);

/* [123]\t of boosting libraries, Epoch [3/10], Epoch: [3][ 10/5005]. */
void hone_form_bracketed(hone_scan *scan, const char *bracket_end, const char *at);

/* | ep_rew_mean | 22.1 |: the only two cells of a line. `bar_end` is behind the bar. */
void hone_form_boxed(hone_scan *scan, const char *bar_end, const char *at);

/* Loss 6.90 (6.94): the average beside the value that was just found. Returns whether the
 * number at `at` is one. */
bool hone_form_average(hone_scan *scan, const char *at);

/* A number that nothing names: 61:\t is CatBoost's step, others may be a table's cell. */
void hone_form_bare(hone_scan *scan, const char *at);

#endif
