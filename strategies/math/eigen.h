/* Eigenvalues and eigenvectors of a symmetric matrix. */
#ifndef HONE_MATH_EIGEN_H
#define HONE_MATH_EIGEN_H

#include <stdint.h>

/* Decomposes the n x n matrix `a` (row-major, symmetric; spoilt) into values and
 * vectors: column k of `vectors` belongs to values[k]; unordered. By Jacobi's rotations,
 * cyclic by rows (Golub, Van Loan 1996, Matrix computations, 8.4): exact to the last
 * digits also where values differ by many orders of magnitude, about 40 n^3
 * multiplications. */
void hone_eigen_decompose(double *a, uint32_t n, double *values, double *vectors);

#endif
