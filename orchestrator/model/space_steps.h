/* Levels of `step` and `count`, and which draws are multiples of q. */
#ifndef HONE_MODEL_SPACE_STEPS_H
#define HONE_MODEL_SPACE_STEPS_H

#include <hone/space.h>

/* Number of distinct levels of a HONE_STEPPED parameter: steps.n, less what rounding to
 * integers makes equal. O(steps.n) for integers that are not in exact decimals, else
 * O(1). */
uint64_t hone_steps_count(const hone_param *param);

/* The i-th distinct level, i < hone_steps_count; the same complexity. */
hone_value hone_steps_level(const hone_param *param, uint64_t i);

/* Whether draws are multiples of `q`. */
bool hone_param_quantised(const hone_param *param);

#endif
