/* Two doubles that are to agree; both are printed where they do not. Include after
 * cmocka.h. */
#ifndef HONE_TESTS_NEAR_H
#define HONE_TESTS_NEAR_H

#include <math.h>

#define assert_near(a, b, error) check_near(a, b, error, __FILE__, __LINE__)

static inline void check_near(double a, double b, double error, const char *file,
                              int line)
{
    if (fabs(a - b) <= error || a == b)
        return;
    print_error("%.17g and %.17g differ by more than %g\n", a, b, error);
    _fail(file, line);
}

#endif
