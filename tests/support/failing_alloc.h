/* Memory that runs out at a chosen moment.
 *
 *   start  ... the code under test ...  stop
 *
 * A test that links with it (hone_failing_alloc in CMake) has the allocations of the
 * library counted: malloc, calloc, realloc, strdup and strndup, what arenas hand out, and
 * what libyaml asks for as a whole. Those of cmocka and of shared libraries are not. */
#ifndef HONE_TESTS_FAILING_ALLOC_H
#define HONE_TESTS_FAILING_ALLOC_H

#include <stdbool.h>
#include <stdint.h>

typedef enum failing_mode {
    FAIL_ONCE, /* the one allocation, and those after it go on */
    FAIL_ON    /* it and all after it */
} failing_mode;

/* The `at`-th allocation from now on fails, counted from 1. */
void failing_alloc_start(uint64_t at, failing_mode mode);
/* All succeed again; tells whether one failed. */
bool failing_alloc_stop(void);

#endif
