/* Many searches in a few processes. */
#ifndef QUALITY_POOL_H
#define QUALITY_POOL_H

#include "drive.h"

/* Results of `n` tasks in memory that the processes share; NULL where there is none. */
quality_result *quality_results_make(uint32_t n);
void quality_results_free(quality_result *results, uint32_t n);

/* Runs the tasks in `jobs` processes. A task whose process died stays QUALITY_NOT_RUN,
 * its text saying so, and the others go on. False where no process could be started. */
bool quality_pool_run(const quality_task *tasks, quality_result *results, uint32_t n,
                      uint32_t jobs);

#endif
