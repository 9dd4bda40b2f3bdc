/* Functions of the normal distribution that keep their precision far out in the tail. */
#ifndef HONE_MATH_NORMAL_H
#define HONE_MATH_NORMAL_H

/* e^(x^2) erfc(x) for x >= 0. */
double hone_erfcx(double x);
/* The logarithm of the normal distribution function. */
double hone_log_normal_cdf(double z);
/* log(phi(z) + z Phi(z)): the logarithm of the expected improvement of a standard normal
 * (Ament, Daulton, Eriksson, Balandat, Bakshy 2023, Unexpected improvements to expected
 * improvement for Bayesian optimization, eq. 9). */
double hone_log_improvement(double z);

#endif
