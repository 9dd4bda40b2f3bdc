/* A Latin hypercube that doubles: of n = first, 2 first, 4 first, ... points, every
 * dimension has exactly one in each of n equal intervals. McKay, Beckman, Conover (1979),
 * A comparison of three methods for selecting values of input variables; nested by
 * halving intervals: Qian (2009), Nested Latin hypercube designs, Biometrika 96. */
#ifndef HONE_MATH_LATIN_H
#define HONE_MATH_LATIN_H

#include <stdint.h>

/* Coordinate of point `index` in [0,1), 1 <= first <= 2^31. Dimensions are independent.
 */
double hone_latin_point(uint32_t first, uint32_t index, uint64_t seed,
                        uint32_t dimension);

#endif
