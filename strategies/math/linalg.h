/* Symmetric positive definite systems: the Cholesky factor U of A = U'U, solves with it,
 * the inverse. Matrices are row-major with a row stride; of A, U and the inverse only the
 * upper triangle is read and written.
 *
 * Every inner loop runs over neighbouring elements without a sum across them, so that
 * compilers vectorise it and every machine gives the same bits. */
#ifndef HONE_MATH_LINALG_H
#define HONE_MATH_LINALG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h> /* __GLIBC__ */

/* Compiled for wide registers too, where the loader can choose by the processor: the same
 * operations in the same order, so the same bits. */
#if defined __x86_64__ && defined __GLIBC__ && defined __GNUC__ && !defined __clang__
#    define HONE_WIDE __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#    define HONE_WIDE
#endif

enum { HONE_PANEL = 16 }; /* right-hand sides that are solved for at once */

/* A square matrix's upper triangle, borrowed. */
typedef struct hone_triangle {
    double *at; /* element (i, j), i <= j, is at[i * stride + j] */
    size_t n, stride;
} hone_triangle;

/* A becomes U; false where A is not positive definite, then it is spoilt. n^3/6
 * multiplications. */
bool hone_cholesky(hone_triangle a);
/* The logarithm of the determinant of A. */
double hone_cholesky_log_det(hone_triangle u);
/* b becomes the y of U'y = b, or the x of Ux = b. n^2/2 multiplications each. */
void hone_solve_lower(hone_triangle u, double *b);
void hone_solve_upper(hone_triangle u, double *b);
/* HONE_PANEL right-hand sides at once, n rows of HONE_PANEL: U'Y = B. */
void hone_solve_panel(hone_triangle u, double *b);
/* Fills the inverse of A, upper triangle; `work` has room for n * stride + HONE_PANEL
 * doubles. n^3/3 multiplications. */
void hone_cholesky_invert(hone_triangle u, hone_triangle inverse, double *work);

#endif
