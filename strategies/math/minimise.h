/* The minimum of a smooth function inside a box: limited-memory BFGS, with the gradient
 * projected onto the box (Nocedal, Wright 2006, Numerical optimization, algorithm 7.4;
 * Bertsekas 1982, Projected Newton methods, for the treatment of bounds). */
#ifndef HONE_MATH_MINIMISE_H
#define HONE_MATH_MINIMISE_H

#include <stddef.h>

enum { HONE_MINIMISE_MEMORY = 8 };

typedef struct hone_minimum {
    /* The value at x, and its gradient; INFINITY where there is none. */
    double (*value)(void *arg, const double *x, double *gradient);
    void *arg;
    size_t n;
    const double *low, *high; /* n each, low <= high */
    unsigned evaluations;     /* at most so many */
    double step;              /* the length of the first one, at most */
    double tolerance;         /* ends where no component of the gradient is larger */
    double *work;             /* room for hone_minimise_work(n) doubles */
} hone_minimum;

size_t hone_minimise_work(size_t n);
/* x is where the search starts, and then the best point seen. Returns its value. */
double hone_minimise(const hone_minimum *problem, double *x);

#endif
