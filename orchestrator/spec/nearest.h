/* The known name that a wrong one is a slip of. */
#ifndef HONE_SPEC_NEAREST_H
#define HONE_SPEC_NEAREST_H

#include <stdint.h>

/* The i-th known name, NULL past the end. */
typedef const char *(*hone_name_at)(const void *arg, uint32_t i);

/* The nearest of the known names by Damerau-Levenshtein distance (case folded, `-` as
 * `_`), if it is near enough to be a slip: one edit in names up to 5 bytes, two up to 10,
 * else three; none in names under 3. NULL otherwise. */
const char *hone_nearest(const char *name, hone_name_at at, const void *arg);

/* The same over an array of `n` names. */
const char *hone_nearest_of(const char *name, const char *const *names, uint32_t n);

#endif
