/* The functions for other programs, a line for each question:
 *
 *   space NAME                        -> a JSON object: minimum, noise, params in an
 * order in which conditions can be decided NAME {"x1": 0.5, ...} [SEED NR]   -> OBSERVED
 * VALUE, "nan nan" where a trial fails
 *
 * "error: ..." where a question is not understood, or the point is not one of the space.
 */
#ifndef QUALITY_SERVE_H
#define QUALITY_SERVE_H

#include <stdio.h>

/* Until the end of `in`. 0, or 1 where memory ran out or `out` cannot be written. */
int quality_serve(FILE *in, FILE *out);

#endif
