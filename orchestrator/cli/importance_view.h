/* Importance as people and programs read it. */
#ifndef HONE_CLI_IMPORTANCE_VIEW_H
#define HONE_CLI_IMPORTANCE_VIEW_H

#include <hone/importance.h>
#include <hone/spec.h>
#include <hone/store.h>

#include "cli/out.h"

/* Trials that have no part in it. */
struct left_out {
    uint64_t failed, pruned, cancelled, unfinished, reruns;
    uint64_t not_finite; /* objectives */
    uint64_t outside;    /* of the space as the spec now has it */
};

struct importance_view {
    const hone_sweep_info *sweep; /* borrowed, like all here */
    const hone_space *space;
    const hone_objective *objective; /* whose importance it is */
    hone_importance_options options;
    struct left_out left;
    const hone_importance *importance;
};

/* The JSON object that docs/importance.md describes, and a line end. */
void hone_importance_put_json(const struct importance_view *view, hone_buf *text);
/* A line of what was measured and how, a table, and notes. `width` is the terminal's or
 * 0. */
void hone_importance_put_text(const struct importance_view *view, struct out *out,
                              int width);
/* "3 failed, 2 pruned"; nothing where no trial was left out. */
void hone_importance_put_left_out(const struct importance_view *view, hone_buf *text);

#endif
